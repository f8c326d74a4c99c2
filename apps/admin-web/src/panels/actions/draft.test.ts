import { describe, expect, test } from 'vitest';
import { type Draft, emptyDraft, readDraft, withJson, withText } from './draft.ts';
import { formOf } from './schema-fields.ts';

const form = formOf({
  required: ['text', 'on'],
  properties: {
    text: { type: 'string', minLength: 1 },
    note: { type: 'string' },
    size: { type: 'integer', minimum: 32, maximum: 64 },
    level: { enum: ['L', 'M'], default: 'M' },
    on: { type: 'boolean' },
    deep: { type: 'object' },
  },
  additionalProperties: false,
});
const start = emptyDraft(form);
const write = (draft: Draft, name: string, text: string) => withText(form, draft, { name, text });
const payloadOf = (draft: Draft) => readDraft(form, draft).payload;
const findingsOf = (draft: Draft) => readDraft(form, draft).findings.map(({ pointer, detail }) => `${pointer} ${detail}`);

describe('the form', () => {
  test('begins with defaults, with what is required, and leaves out the rest', () => {
    expect(payloadOf(start)).toEqual({ text: '', level: 'M', on: false });
  });

  test('what is written appears in the JSON by its type', () => {
    const draft = write(write(write(write(start, 'size', '40'), 'on', 'true'), 'deep', '{"a":[1]}'), 'level', '0');
    expect(payloadOf(draft)).toEqual({ text: '', size: 40, level: 'L', on: true, deep: { a: [1] } });
    expect(draft.json).toContain('\n  "size": 40');
  });

  test('an emptied optional field is left out', () => {
    expect(payloadOf(write(write(start, 'size', '40'), 'size', ''))).not.toHaveProperty('size');
    expect(payloadOf(write(start, 'level', ''))).not.toHaveProperty('level');
    expect(payloadOf(write(write(start, 'note', 'x'), 'note', ''))).not.toHaveProperty('note');
  });

  test.each(['abc', '1.', '0x10', '1 2', '٣'])('“%s” is no number and is kept as it was typed', (text) => {
    const draft = write(start, 'size', text);
    expect(payloadOf(draft)).toMatchObject({ size: text });
    expect(draft.texts.size).toBe(text);
    expect(findingsOf(draft)).toContain('/size Must be a whole number');
  });

  test('broken JSON in a field is found there, with its place', () => {
    expect(findingsOf(write(start, 'deep', '{"a"}'))).toContain('/deep A colon is missing here (line 1, column 5)');
  });
});

describe('the JSON', () => {
  test('fills the fields', () => {
    const { texts } = withJson(form, start, '{"text": "x\\ny", "size": 33, "level": "L", "on": true, "deep": {"a": 1}}');
    expect(texts).toEqual({ text: 'x\ny', note: '', size: '33', level: '0', on: 'true', deep: '{\n  "a": 1\n}' });
  });

  test('while it is not valid, the fields keep what they had', () => {
    const before = write(start, 'text', 'kept');
    const draft = withJson(form, before, '{"text": ');
    expect(draft.texts).toEqual(before.texts);
    expect(readDraft(form, draft)).toMatchObject({ payload: null, fault: { line: 1, column: 10 } });
  });

  test.each(['[]', 'null', '"x"', '3'])('%s is no payload', (json) => {
    expect(readDraft(form, withJson(form, start, json))).toMatchObject({
      payload: null,
      fault: { message: 'The payload must be an object: {…}' },
    });
  });

  test('what no field can show survives a change in another field, and is named', () => {
    const draft = write(withJson(form, start, '{"text": 5, "level": "X", "more": null}'), 'on', 'true');
    expect(payloadOf(draft)).toEqual({ text: 5, level: 'X', on: true, more: null });
    expect(findingsOf(draft)).toEqual(['/text Must be text', '/level Must be one of L, M', '/more Is not a known field']);
  });

  test('writing in the field replaces it', () => {
    expect(payloadOf(write(withJson(form, start, '{"text": 5}'), 'text', 'five'))).toMatchObject({ text: 'five' });
  });

  test('a property called __proto__ is a property', () => {
    const draft = write(withJson(form, start, '{"__proto__": {"a": 1}}'), 'text', 'x');
    expect(draft.json).toContain('"__proto__"');
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

test('a change on one side and the same on the other come to the same', () => {
  const byForm = write(write(start, 'text', 'it’s'), 'size', '64');
  const byJson = withJson(form, start, byForm.json);
  expect(byJson).toEqual({ ...byForm, kept: {} });
});
