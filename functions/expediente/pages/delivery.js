(() => {
  'use strict';
  const queue = [], failed = [];
  let running = false, looks = 0;
  const state = () => document.getElementById('estado');
  const bar = document.getElementById('envio');
  const [text, progress, again] = bar.children;
  document.documentElement.classList.add('js');

  const tell = (words, kind = '', share = null) => {
    bar.hidden = !words;
    bar.className = 'sending ' + kind;
    text.textContent = words;
    progress.hidden = share === null;
    progress.value = (share || 0) * 100;
    again.hidden = kind !== 'bad' || !failed.some((one) => one.retry);
  };

  // The page's new state comes with every answer: what changed is shown without losing the place.
  const show = (html) => {
    // Styles and scripts of the answer bear another nonce, and this page has its own.
    const plain = html.replace(/<(style|script)\b[\s\S]*?<\/\1>/g, '');
    const page = new DOMParser().parseFromString(plain, 'text/html');
    const fresh = page.getElementById('estado'), old = state();
    if (!fresh || !old) return false;
    const open = [...old.querySelectorAll('details[open]')].map((one) => one.id);
    const told = old.querySelector('.notice');
    if (told && !fresh.querySelector('.notice')) fresh.prepend(told);
    old.replaceWith(fresh);
    document.title = page.title;
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
    prepare();
    return true;
  };

  const prepare = () => {
    for (const input of document.querySelectorAll('.way input')) input.multiple = true;
    for (const button of document.querySelectorAll('.copy')) button.hidden = !navigator.clipboard;
    if ('saving' in state().dataset && looks < 20) setTimeout(look, 3000);
  };

  const look = async () => {
    if (running || queue.length) return;
    looks += 1;
    try {
      const answer = await fetch(location.pathname, { credentials: 'same-origin' });
      if (answer.ok && !running) show(await answer.text());
    } catch { /* the next visit shows it */ }
  };

  const post = (item, number, count) => new Promise((done) => {
    const ask = new XMLHttpRequest(), body = new FormData();
    for (const [name, value] of item.fields) body.append(name, value);
    body.append(item.input, item.file, item.file.name);
    const words = 'Enviando ' + item.file.name + (count > 1 ? ' (' + number + ' de ' + count + ')' : '');
    ask.open('POST', item.action);
    ask.upload.onprogress = (event) => event.lengthComputable && tell(words, '', event.loaded / event.total);
    ask.upload.onload = () => tell('Guardando ' + item.file.name + '…', '', 1);
    ask.onload = () => done(ask);
    ask.onerror = ask.ontimeout = ask.onabort = () => done(null);
    tell(words, '', 0);
    ask.send(body);
  });

  const run = async () => {
    if (running) return;
    running = true;
    failed.length = 0;
    let number = 0, sent = '';
    while (queue.length) {
      const item = queue.shift(), most = Number(state().dataset.most);
      number += 1;
      if (item.file.size > most) {
        failed.push({ item, why: 'pesa más de ' + state().dataset.mb + ' MB' });
        continue;
      }
      const answer = await post(item, number, number + queue.length);
      if (!answer) failed.push({ item, why: 'no hubo conexión', retry: true });
      else if (!show(answer.responseText)) failed.push({ item, why: 'la página no respondió; ábrala otra vez', retry: true });
      else if (answer.status >= 400) failed.push({ item, why: state().querySelector('.notice strong')?.textContent || 'no se pudo recibir' });
      else sent = item.file.name;
    }
    running = false;
    looks = 0;
    prepare();
    if (failed.length) tell('No llegó: ' + failed.map((one) => one.item.file.name + ' (' + one.why + ')').join('; '), 'bad');
    else if (sent) {
      tell('Llegó ' + (number > 1 ? 'todo' : sent) + '. Van ' + state().dataset.done + ' papeles.', 'good');
      setTimeout(() => running || bar.classList.contains('bad') || tell(''), 6000);
    }
  };

  const take = (form, input, files) => {
    const fields = [...new FormData(form)].filter(([, value]) => typeof value === 'string');
    for (const file of files) queue.push({ action: form.action, fields, input, file });
    if (files.length) run();
  };

  document.addEventListener('change', (event) => {
    const input = event.target;
    if (!input.matches('.way input')) return;
    take(input.form, input.name, [...input.files]);
    input.value = '';
  });
  document.addEventListener('click', (event) => {
    if (!event.target.matches('.copy')) return;
    const button = event.target;
    navigator.clipboard.writeText(document.getElementById('texto').innerText).then(() => { button.textContent = 'Copiado'; });
  });
  again.addEventListener('click', () => {
    queue.push(...failed.filter((one) => one.retry).map((one) => one.item));
    run();
  });
  const target = (event) => event.target.closest?.('.paper:has(.send)');
  document.addEventListener('dragover', (event) => {
    if (target(event)) { event.preventDefault(); target(event).classList.add('over'); }
  });
  document.addEventListener('dragleave', (event) => target(event)?.classList.remove('over'));
  document.addEventListener('drop', (event) => {
    const card = target(event);
    if (!card) return;
    event.preventDefault();
    card.classList.remove('over');
    take(card.querySelector('.send'), 'file', [...event.dataTransfer.files]);
  });
  window.addEventListener('beforeunload', (event) => { if (running) event.preventDefault(); });
  prepare();
})();
