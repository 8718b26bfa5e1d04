/** Spanish first, the platform's first language, and English below it. */
export const readmeText = `TUS DATOS

Aquí está todo lo que la plataforma guarda sobre ti, en el momento que dice manifest.json.

- Un archivo .jsonl por tabla: una fila por línea, en JSON. Los importes son texto, para que ningún programa los redondee. Un archivo vacío
  dice que no hay nada de eso.
- documents/: los documentos que entregaste, tal como los entregaste; documents.jsonl los describe.
- manifest.json: de cada archivo cuántas filas y bytes tiene y su SHA-256, y qué no se entrega y por qué: lo que abre una cuenta
  (contraseñas, códigos y sus huellas), lo que nombra a otras personas, y lo que la ley prohíbe contar.

Guárdalo bien: quien lo tenga sabe de ti lo mismo que la plataforma.

---

YOUR DATA

This is everything that the platform holds about you, as of the moment that manifest.json names.

- One .jsonl file for each table: one row to a line, as JSON. Amounts are text, so that no program rounds them. An empty file says that
  there is nothing of that kind.
- documents/: the documents that you handed in, as you handed them in; documents.jsonl describes them.
- manifest.json: rows, bytes and SHA-256 of each file, and what is not handed out and why: what opens an account (passwords, codes and their
  hashes), what names other people, and what the law forbids to tell.

Keep it safe: who has it knows of you what the platform knows.
`;
