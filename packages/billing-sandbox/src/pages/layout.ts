import { type Html, html } from './html.ts';

/** A page. Every page says in red that this is the sandbox. */
export function layout(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}: billing sandbox</title>
<link rel="stylesheet" href="/sandbox.css">
</head>
<body>
<p class="banner" role="note">local sandbox, not Stripe</p>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.markup;
}

/** A page with a message and an optional link. */
export function messagePage(title: string, message: string, link: { href: string; text: string } | null = null): string {
  const way = link === null ? null : html`<p><a href="${link.href}">${link.text}</a></p>`;
  return layout(title, html`<p role="status">${message}</p>${way}`);
}
