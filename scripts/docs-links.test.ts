import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string): string => readFileSync(`${ROOT}${name}`, 'utf8');
const exists = (name: string): boolean => existsSync(`${ROOT}${name}`);

/** Files that git does not ignore, by their path from the root. */
const FILES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((name) => name !== '' && exists(name));

/** Changesets are deleted when a version is released. */
const DOCUMENTS = FILES.filter((name) => name.endsWith('.md') && !name.startsWith('.changeset/'));
const SOURCES = FILES.filter((name) => /^(?:apps|packages)\/.*(?<!\.test)\.ts$/.test(name));

/** Links without code blocks and inline code, which can look like links. */
const linksOf = (document: string): string[] => {
  const prose = read(document)
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)\s]*)\)/g)].map(([, link]) => String(link));
};

const targetOf = (document: string, link: string): string => {
  const [path = ''] = link.split('#');
  return path === '' ? document : posix.join(posix.dirname(document), path);
};

/** The anchor that GitHub generates for a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsOf = (document: string): string[] =>
  [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(String(heading)));

test.each(DOCUMENTS)('every link of %s resolves', (document) => {
  for (const link of linksOf(document)) {
    const [, anchor] = link.split('#');
    const target = targetOf(document, link);
    expect(exists(target), link).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(target), link).toContain(anchor);
  }
});

describe.each(['docs', 'docs/decisions'])('the index %s/README.md', (folder) => {
  const index = `${folder}/README.md`;
  const pages = readdirSync(`${ROOT}${folder}`)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => `${folder}/${name}`);

  test('lists every page of its folder once', () => {
    const listed = linksOf(index).map((link) => targetOf(index, link));
    expect(listed.filter((target) => posix.dirname(target) === folder).sort()).toEqual(pages.sort());
  });
});

test('every decision is listed with its title', () => {
  const index = 'docs/decisions/README.md';
  for (const link of linksOf(index)) {
    const [, title] = /^# \d+\. (.+)$/m.exec(read(targetOf(index, link))) ?? [];
    expect(read(index)).toContain(`](${link}) ${title}`);
  }
});

/** Created at run time or by a release. */
const NOT_IN_THE_REPOSITORY = /^(deploy\/secrets|apps\/admin-web\/screenshots|apps\/api-cli\/(dist|CHANGELOG\.md))/;

test.each(DOCUMENTS)('every repository path in %s exists', (document) => {
  const paths = [...read(document).matchAll(/`((?:apps|bench|deploy|docs|packages|scripts)\/[\w./-]+)/g)].map(([, path]) => String(path));
  const missing = paths.filter((path) => !NOT_IN_THE_REPOSITORY.test(path) && !exists(path));
  expect(missing).toEqual([]);
});

const LOG_MESSAGES = {
  'docs/alerts.md': [
    'could not ship usage',
    'could not lease quota',
    'billing: an attempt failed and will be retried',
    'the database is older than the spool',
    'the spool belongs to installation',
  ],
  'docs/backup.md': ['the database lost confirmed commits'],
  'docs/billing.md': ['No such object in Stripe'],
};

test.each(Object.entries(LOG_MESSAGES))('the source contains the log messages that %s quotes', (document, messages) => {
  for (const message of messages) {
    expect(read(document)).toContain(message);
    const found = SOURCES.some((source) => read(source).includes(message));
    expect(found, message).toBe(true);
  }
});
