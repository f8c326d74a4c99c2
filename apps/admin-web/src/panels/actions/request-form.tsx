import {
  Alert,
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  Textarea,
  type TextareaProps,
  TextInput,
} from '@mantine/core';
import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Action } from '../../lib/action-list.ts';
import { counted } from '../../lib/format.ts';
import { Section } from '../../ui/section.tsx';
import { pretty } from './draft.ts';
import { jsonErrorText } from './json-error.ts';
import { errorOf, isAtOrBelow, mergeErrors, type PayloadError } from './payload-errors.ts';
import { type Field, valueLabel } from './schema-fields.ts';
import type { Drafts } from './use-workbench.ts';

interface RequestFormProps {
  actions: readonly Action[];
  action: Action;
  onAction: (name: string) => void;
  drafts: Drafts;
  /** `form` or `json`. */
  view: string;
  onView: (view: string) => void;
  /** Sends the call; does nothing while the button is disabled. */
  onSend: () => void;
  /** Shown below the fields. */
  children: ReactNode;
}

/** The action and its payload, edited as a form or as JSON. */
export function RequestForm({ actions, action, onAction, drafts, view, onView, onSend, children }: RequestFormProps) {
  const asJson = view === 'json';
  // The JSON view also sends an invalid payload: the user may want to see the server’s response.
  const { tried, submit, form } = useSubmit(asJson ? [] : drafts.result.errors, onSend);
  const viewSwitch = (
    <SegmentedControl aria-label="Payload view" size="xs" data={VIEWS} value={asJson ? 'json' : 'form'} onChange={onView} />
  );
  return (
    <Section title="Request" actions={viewSwitch}>
      <form ref={form} onSubmit={submit} onKeyDown={submitByKeys} noValidate aria-label="Request">
        <Stack gap="sm">
          <NativeSelect
            label="Action"
            description={`${action.summary}. Costs ${counted(action.cost, 'unit')} of quota.`}
            inputWrapperOrder={['label', 'input', 'description']}
            data={actions.map(({ name }) => name)}
            value={action.name}
            onChange={(event) => onAction(event.currentTarget.value)}
          />
          {asJson ? <JsonView drafts={drafts} /> : <FormView drafts={drafts} tried={tried} />}
          {children}
        </Stack>
      </form>
    </Section>
  );
}

const VIEWS = [
  { value: 'form', label: 'Form' },
  { value: 'json', label: 'JSON' },
];

/** Sends when there are no errors; else shows them and moves the focus to the first. */
function useSubmit(errors: readonly PayloadError[], onSend: () => void) {
  const form = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (errors.length === 0) onSend();
    setTries(errors.length === 0 ? 0 : tries + 1);
  };
  return { form, tried: tries > 0, submit };
}

function submitByKeys(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}

function FormView({ drafts: { form, draft, result, serverErrors, setText, setJson }, tried }: { drafts: Drafts; tried: boolean }) {
  const errors = tried ? mergeErrors(result.errors, serverErrors) : serverErrors;
  const withoutField = errors.filter((error) => !form.fields.some(({ name }) => isAtOrBelow(error, name)));
  if (form.fields.length === 0) return <JsonField json={draft.json} onChange={setJson} {...{ result, errors }} />;
  return (
    <>
      {result.syntaxError && (
        <Alert color="yellow" variant="light" title="Invalid JSON">
          {jsonErrorText(result.syntaxError)}. Fix it in the JSON view. Editing a field here replaces it.
        </Alert>
      )}
      {form.fields.map((field) => (
        <PayloadField
          key={field.name}
          field={field}
          text={draft.texts[field.name] ?? ''}
          error={errorOf(errors, field.name)}
          onChange={(text) => setText(field.name, text)}
        />
      ))}
      <ErrorList errors={withoutField} />
    </>
  );
}

interface PayloadFieldProps {
  field: Field;
  text: string;
  error: string | null;
  onChange: (text: string) => void;
}

/** The input for one property of the payload, by its type. */
function PayloadField({ field, text, error, onChange }: PayloadFieldProps) {
  const { name, kind, required, hint, schema } = field;
  const shared = { label: <span className="break">{name}</span>, description: hint === '' ? null : hint, error, required, name };
  // Not `required` in HTML: the browser would show its own message first, and reject empty strings
  // that the schema allows.
  const input = {
    ...shared,
    required: false,
    withAsterisk: required,
    value: text,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  if (kind === 'text') return <LongText {...input} rows={3} />;
  if (kind === 'json') return <LongText {...input} description={hint === '' ? 'JSON' : `${hint} (JSON)`} rows={3} monospace />;
  if (kind === 'line') return <TextInput {...input} autoComplete="off" />;
  if (kind === 'integer' || kind === 'number')
    return <TextInput {...input} inputMode={kind === 'integer' ? 'numeric' : 'decimal'} autoComplete="off" />;
  if (kind === 'boolean' && (required || schema.default !== undefined))
    return (
      <Switch {...shared} required={false} checked={text === 'true'} onChange={(event) => onChange(String(event.currentTarget.checked))} />
    );
  return <NativeSelect {...input} data={optionsOf(field)} />;
}

const optionsOf = ({ kind, required, choices }: Field) => [
  { value: '', label: required ? 'Select an option' : 'Not set' },
  ...(kind === 'boolean'
    ? ['true', 'false'].map((value) => ({ value, label: value }))
    : choices.map((choice, index) => ({ value: String(index), label: valueLabel(choice) }))),
];

interface LongTextProps extends Omit<TextareaProps, 'autosize' | 'rows' | 'styles'> {
  /** Initial number of lines; it grows with the text. */
  rows: number;
  monospace?: boolean;
}

/**
 * Grows by CSS. Mantine’s `autosize` lays out the whole text two more times with each keystroke,
 * and a payload may be a pasted file.
 */
const LongText = ({ rows, monospace = false, ...props }: LongTextProps) => (
  <Textarea
    {...props}
    rows={rows}
    resize="vertical"
    spellCheck={false}
    classNames={{ input: monospace ? 'long-text mono' : 'long-text' }}
  />
);

const JsonView = ({ drafts: { draft, result, serverErrors, setJson } }: { drafts: Drafts }) => (
  <JsonField json={draft.json} onChange={setJson} result={result} errors={mergeErrors(result.errors, serverErrors)} />
);

interface JsonFieldProps {
  json: string;
  onChange: (json: string) => void;
  result: Drafts['result'];
  errors: readonly PayloadError[];
}

const JsonField = ({ json, onChange, result: { syntaxError, payload }, errors }: JsonFieldProps) => (
  <Stack gap="xs">
    <LongText
      label="payload"
      description="A JSON object"
      value={json}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={syntaxError && jsonErrorText(syntaxError)}
      rows={6}
      monospace
    />
    <ErrorList errors={errors} />
    {payload !== null && pretty(payload) !== json && (
      <Group>
        <Button variant="default" size="compact-xs" onClick={() => onChange(pretty(payload))}>
          Format
        </Button>
      </Group>
    )}
  </Stack>
);

const ErrorList = ({ errors }: { errors: readonly PayloadError[] }) =>
  errors.length > 0 && (
    <ul className="payload-errors" aria-label="Payload errors">
      {errors.map(({ pointer, detail }) => (
        <li key={pointer + detail}>
          <Text size="sm" c="var(--mantine-color-error)" className="break">
            {pointer === '' ? detail : `${pointer}: ${detail}`}
          </Text>
        </li>
      ))}
    </ul>
  );
