import { NativeSelect, Switch, TextInput } from '@mantine/core';
import { LongText } from './long-text.tsx';
import { type Field, labelOf } from './schema-fields.ts';

interface PayloadFieldProps {
  field: Field;
  text: string;
  error: string | null;
  onChange: (text: string) => void;
}

/** One property of the payload, by a field that suits its type. */
export function PayloadField({ field, text, error, onChange }: PayloadFieldProps) {
  const { name, kind, required, hint, schema } = field;
  const shared = { label: <span className="break">{name}</span>, description: hint === '' ? null : hint, error, required, name };
  const write = (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value);
  // The browser’s own “fill in this field” would come before ours, and refuses texts that may well be empty.
  const written = { ...shared, required: false, withAsterisk: required, value: text, onChange: write };
  if (kind === 'text') return <LongText {...written} rows={3} />;
  if (kind === 'json') return <LongText {...written} description={hint === '' ? 'JSON' : `${hint} (JSON)`} rows={3} monospace />;
  if (kind === 'line') return <TextInput {...written} autoComplete="off" />;
  if (kind === 'integer' || kind === 'number')
    return <TextInput {...written} inputMode={kind === 'integer' ? 'numeric' : 'decimal'} autoComplete="off" />;
  if (kind === 'boolean' && (required || schema.default !== undefined))
    return (
      <Switch {...shared} required={false} checked={text === 'true'} onChange={(event) => onChange(String(event.currentTarget.checked))} />
    );
  return <NativeSelect {...written} data={optionsOf(field)} />;
}

const optionsOf = ({ kind, required, choices }: Field) => [
  { value: '', label: required ? 'Choose one' : 'Not set' },
  ...(kind === 'boolean'
    ? ['true', 'false'].map((value) => ({ value, label: value }))
    : choices.map((choice, index) => ({ value: String(index), label: labelOf(choice) }))),
];
