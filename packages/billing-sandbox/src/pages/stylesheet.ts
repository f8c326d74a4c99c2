/** The stylesheet of all pages, served as /sandbox.css. */
export const stylesheet = `:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #57606a; --line: #8c959f; --accent: #0a56b8; --alarm: #b3141d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #12161c; --soft: #9da7b3; --line: #6e7681; --accent: #79b8ff; --alarm: #c9252d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
.banner { margin: 0; padding: .5rem 1rem; background: var(--alarm); color: #fff; font-weight: 700; text-align: center; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: .5rem 0 1rem; }
h2 { font-size: 1.125rem; margin: 1.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
section { border-top: 1px solid var(--line); }
.amount { font-size: 1.75rem; font-weight: 700; margin: 0; }
.soft { color: var(--soft); }
.note { border-left: .25rem solid var(--alarm); padding-left: .75rem; }
label { display: block; margin: .5rem 0 .25rem; }
input, select { font: inherit; width: 100%; max-width: 24rem; padding: .5rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .25rem; }
button { font: inherit; padding: .5rem 1rem; margin: .25rem .25rem .25rem 0; min-height: 2.75rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .25rem; cursor: pointer; }
button.first { background: var(--accent); border-color: var(--accent); color: var(--paper); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
form.row { display: inline; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
th { white-space: nowrap; }
td form, p form { display: inline; }
code { overflow-wrap: anywhere; }
`;
