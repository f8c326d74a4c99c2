import { NativeSelect, Switch, Textarea, TextInput } from '@mantine/core';
import { type Field, labelOf } from './schema-fields.ts';

interface PayloadFieldProps {
  field: Field;
  text: string;
  error: string | null;
  onChange: (text: string) => void;
}

const MONOSPACE = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };

/** One property of the payload, by a field that suits its type. */
export function PayloadField({ field, text, error, onChange }: PayloadFieldProps) {
  const { name, kind, required, hint, schema } = field;
  const shared = { label: <span className="break">{name}</span>, description: hint === '' ? null : hint, error, required, name };
  const write = (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value);
  // The browser’s own “fill in this field” would come before ours, and refuses texts that may well be empty.
  const written = { ...shared, required: false, withAsterisk: required, value: text, onChange: write };
  if (kind === 'text') return <Textarea {...written} autosize minRows={3} maxRows={12} spellCheck={false} />;
  if (kind === 'json')
    return (
      <Textarea
        {...written}
        description={hint === '' ? 'JSON' : `${hint} (JSON)`}
        autosize
        minRows={3}
        maxRows={12}
        styles={MONOSPACE}
        spellCheck={false}
      />
    );
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
