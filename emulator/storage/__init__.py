"""Cloud Storage for the local stack: a front before fake-gcs-server that adds what it lacks.

The engine keeps bytes, checksums, lists and upload sessions. The front keeps what Google refuses by: generations, preconditions,
retention policies and their lock, holds; and it answers with Google's statuses and words.
"""
