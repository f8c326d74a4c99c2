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
const errorsOf = (draft: Draft) => readDraft(form, draft).errors.map(({ pointer, detail }) => `${pointer} ${detail}`);

describe('the form of a draft', () => {
  test('starts with defaults and required values, and omits the rest', () => {
    expect(payloadOf(start)).toEqual({ text: '', level: 'M', on: false });
  });

  test('writes each value to the JSON with its type', () => {
    const draft = write(write(write(write(start, 'size', '40'), 'on', 'true'), 'deep', '{"a":[1]}'), 'level', '0');
    expect(payloadOf(draft)).toEqual({ text: '', size: 40, level: 'L', on: true, deep: { a: [1] } });
    expect(draft.json).toContain('\n  "size": 40');
  });

  test('omits an optional field that was cleared', () => {
    expect(payloadOf(write(write(start, 'size', '40'), 'size', ''))).not.toHaveProperty('size');
    expect(payloadOf(write(start, 'level', ''))).not.toHaveProperty('level');
    expect(payloadOf(write(write(start, 'note', 'x'), 'note', ''))).not.toHaveProperty('note');
  });

  test.each(['abc', '1.', '0x10', '1 2', '٣'])('keeps “%s”, which is not a number, as typed', (text) => {
    const draft = write(start, 'size', text);
    expect(payloadOf(draft)).toMatchObject({ size: text });
    expect(draft.texts.size).toBe(text);
    expect(errorsOf(draft)).toContain('/size Must be a whole number');
  });

  test('shows a syntax error in a JSON field at that field', () => {
    expect(errorsOf(write(start, 'deep', '{"a"}'))).toContain('/deep Expected a colon (line 1, column 5)');
  });
});

describe('the JSON of a draft', () => {
  test('fills the fields', () => {
    const { texts } = withJson(form, start, '{"text": "x\\ny", "size": 33, "level": "L", "on": true, "deep": {"a": 1}}');
    expect(texts).toEqual({ text: 'x\ny', note: '', size: '33', level: '0', on: 'true', deep: '{\n  "a": 1\n}' });
  });

  test('does not change the fields while it is invalid', () => {
    const before = write(start, 'text', 'kept');
    const draft = withJson(form, before, '{"text": ');
    expect(draft.texts).toEqual(before.texts);
    expect(readDraft(form, draft)).toMatchObject({ payload: null, syntaxError: { line: 1, column: 10 } });
  });

  test.each(['[]', 'null', '"x"', '3'])('can’t be %s, which is not an object', (json) => {
    expect(readDraft(form, withJson(form, start, json))).toMatchObject({
      payload: null,
      syntaxError: { message: 'The payload must be an object: {…}' },
    });
  });

  test('keeps values that no field can show when another field is edited, and reports them', () => {
    const draft = write(withJson(form, start, '{"text": 5, "level": "X", "more": null}'), 'on', 'true');
    expect(payloadOf(draft)).toEqual({ text: 5, level: 'X', on: true, more: null });
    expect(errorsOf(draft)).toEqual(['/text Must be a string', '/level Must be one of L, M', '/more Is not a known field']);
  });

  test('drops a value that its field can’t show when that field is edited', () => {
    expect(payloadOf(write(withJson(form, start, '{"text": 5}'), 'text', 'five'))).toMatchObject({ text: 'five' });
  });

  test('treats a property named __proto__ like any other', () => {
    const draft = write(withJson(form, start, '{"__proto__": {"a": 1}}'), 'text', 'x');
    expect(draft.json).toContain('"__proto__"');
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

test('the same edit in the form and in the JSON gives the same draft', () => {
  const byForm = write(write(start, 'text', 'it’s'), 'size', '64');
  const byJson = withJson(form, start, byForm.json);
  expect(byJson).toEqual({ ...byForm, hidden: {} });
});
