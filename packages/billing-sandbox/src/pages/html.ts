/** A piece of HTML in which everything foreign is escaped. Only `html` makes one. */
export type Html = { readonly markup: string };

type Piece = Html | Html[] | string | number | null;

/** A template whose values are escaped, in text and in quoted attributes; pieces of `html` stand as they are, null stands for nothing. */
export function html(strings: TemplateStringsArray, ...values: Piece[]): Html {
  return { markup: strings.map((text, at) => text + (at < values.length ? markupOf(values[at] ?? null) : '')).join('') };
}

function markupOf(piece: Piece): string {
  if (piece === null) return '';
  if (Array.isArray(piece)) return piece.map(({ markup }) => markup).join('');
  return typeof piece === 'object' ? piece.markup : escapeHtml(String(piece));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
