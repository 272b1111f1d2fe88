"""What the blocks inside a case may hold. A key that nobody reads would be a promise that is silently passed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.play_table import LATER

_ADDRESS = "provincia distrito corregimiento linea referencia"

# Block -> its keys, with the block that each key opens, if any (`key:block`).
_SHAPES = {
    "caso": "cliente:cliente representante_legal:persona accionistas:accionista orden_trabajo:orden documentos:documento "
    "eventos:evento envios:envio fallos:fallo",
    "cliente": "tipo_persona razon_social nombre_comercial ruc dv actividad aviso_operacion folio_registro_publico correo telefono "
    "direccion:direccion",
    "direccion": _ADDRESS,
    "persona": "nombre doc_tipo doc_numero cargo nacionalidad",
    "accionista": "nombre doc_tipo doc_numero porcentaje nacionalidad fecha_nacimiento es_juridica dv accionistas:accionista "
    "pep pep_cargo pep_cese",
    "orden": "numero servicios clasificacion inicio_deseado puntos:punto cambio:cambio procesamiento:procesamiento "
    "servicio_especial:especial condiciones",
    "punto": "codigo nombre direccion:direccion contacto:contacto frecuencia:frecuencia valor_promedio_usd "
    "valor_maximo_asegurado_usd tipos_valor insumos_mensuales:insumos observaciones",
    "contacto": "nombre cargo telefono correo",
    "frecuencia": "dias ventana_desde ventana_hasta feriados",
    "insumos": "bolsas_seguridad precintos talonarios_comprobante",
    "cambio": "requiere monto_semanal_usd denominaciones:denominaciones",
    "denominaciones": "monedas billetes",
    "procesamiento": "requiere banco_destino cuenta_terminada_en acreditacion",
    "especial": "descripcion equipo",
    "documento": "tipo archivo paginas vence emitido persona",
    "evento": "en actor accion resultado area codigo campo antes despues vigente_desde condiciones "
    "motivo ultimo_servicio devuelve_insumos monto_usd entrega:denominaciones recibe:denominaciones",
    "envio": "respuesta_id en ruc motivo",
    "fallo": "paso error veces",
}
_BLOCKS = {name: dict((word + ":").split(":")[:2] for word in words.split()) for name, words in _SHAPES.items()}


def strange_keys(case: dict[str, Any]) -> list[str]:
    """Paths of the keys below a case that nothing reads, such as `orden_trabajo.clave_inventada`."""
    opened = {key: case[key] for key in _BLOCKS["caso"] if key in case}
    return list(_strange(opened, "caso", ""))


def _strange(block: Any, shape: str, path: str) -> Iterator[str]:
    if isinstance(block, list):
        for item in block:
            yield from _strange(item, shape, path)
    if not isinstance(block, dict) or (shape == "evento" and block.get("accion") in LATER):
        return
    for key, value in block.items():
        place = f"{path}.{key}" if path else str(key)
        if key not in _BLOCKS[shape]:
            yield place
        elif _BLOCKS[shape][key]:
            yield from _strange(value, _BLOCKS[shape][key], place)
