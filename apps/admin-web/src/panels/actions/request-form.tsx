import { Alert, Button, Group, NativeSelect, SegmentedControl, Stack, Text } from '@mantine/core';
import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Action } from '../../lib/action-list.ts';
import { counted } from '../../lib/format.ts';
import { Section } from '../../ui/section.tsx';
import { pretty } from './draft.ts';
import { type Finding, findingOf, pointerTo, together } from './findings.ts';
import { faultText } from './json-fault.ts';
import { LongText } from './long-text.tsx';
import { PayloadField } from './payload-field.tsx';
import type { Drafting } from './use-drafts.ts';

interface RequestFormProps {
  actions: readonly Action[];
  action: Action;
  onAction: (name: string) => void;
  drafting: Drafting;
  /** `form` or `json`. */
  view: string;
  onView: (view: string) => void;
  /** Makes the call; does nothing while it is off. */
  onSend: () => void;
  /** What stands below the fields: the button, the limits. */
  children: ReactNode;
}

/** What is called, and with which payload: as a form, or as JSON. */
export function RequestForm({ actions, action, onAction, drafting, view, onView, onSend, children }: RequestFormProps) {
  const asJson = view === 'json';
  const { tried, submit, place } = useSubmit(asJson ? [] : drafting.reading.findings, onSend);
  const switcher = (
    <SegmentedControl aria-label="View of the payload" size="xs" data={VIEWS} value={asJson ? 'json' : 'form'} onChange={onView} />
  );
  return (
    <Section title="Request" actions={switcher}>
      <form ref={place} onSubmit={submit} onKeyDown={sendByKeys} noValidate aria-label="Request">
        <Stack gap="sm">
          <NativeSelect
            label="Action"
            description={`${action.summary}. Costs ${counted(action.cost, 'unit')} of quota.`}
            inputWrapperOrder={['label', 'input', 'description']}
            data={actions.map(({ name }) => name)}
            value={action.name}
            onChange={(event) => onAction(event.currentTarget.value)}
          />
          {asJson ? <JsonView drafting={drafting} /> : <FormView drafting={drafting} tried={tried} />}
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

/** Sends when nothing is found wrong; else shows what is, and goes to the first of it. */
function useSubmit(findings: readonly Finding[], onSend: () => void) {
  const place = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (tries > 0) place.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (findings.length === 0) onSend();
    setTries(findings.length === 0 ? 0 : tries + 1);
  };
  return { place, tried: tries > 0, submit };
}

function sendByKeys(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}

function FormView({ drafting: { form, draft, reading, refused, setText, setJson }, tried }: { drafting: Drafting; tried: boolean }) {
  const findings = tried ? together(reading.findings, refused) : refused;
  const homeless = findings.filter(({ pointer }) => !form.fields.some(({ name }) => isWithin(pointer, name)));
  if (form.fields.length === 0) return <JsonField label="payload" json={draft.json} onChange={setJson} {...{ reading, findings }} />;
  return (
    <>
      {reading.fault && (
        <Alert color="yellow" variant="light" title="The JSON is not valid">
          {faultText(reading.fault)}. Mend it in the JSON view, or write in a field here: that replaces it.
        </Alert>
      )}
      {form.fields.map((field) => (
        <PayloadField
          key={field.name}
          field={field}
          text={draft.texts[field.name] ?? ''}
          error={findingOf(findings, field.name)}
          onChange={(text) => setText(field.name, text)}
        />
      ))}
      <Findings findings={homeless} />
    </>
  );
}

const isWithin = (pointer: string, name: string): boolean => pointer === pointerTo(name) || pointer.startsWith(`${pointerTo(name)}/`);

/** What is written is what is sent, right or wrong: a refusal may be what one wants to see. */
const JsonView = ({ drafting: { draft, reading, refused, setJson } }: { drafting: Drafting }) => (
  <JsonField label="payload" json={draft.json} onChange={setJson} reading={reading} findings={together(reading.findings, refused)} />
);

interface JsonFieldProps {
  label: string;
  json: string;
  onChange: (json: string) => void;
  reading: Drafting['reading'];
  findings: readonly Finding[];
}

function JsonField({ label, json, onChange, reading: { fault, payload }, findings }: JsonFieldProps) {
  return (
    <Stack gap="xs">
      <LongText
        label={label}
        description="A JSON object"
        value={json}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={fault && faultText(fault)}
        rows={6}
        monospace
      />
      <Findings findings={findings} />
      {payload !== null && pretty(payload) !== json && (
        <Group>
          <Button variant="default" size="compact-xs" onClick={() => onChange(pretty(payload))}>
            Indent
          </Button>
        </Group>
      )}
    </Stack>
  );
}

const Findings = ({ findings }: { findings: readonly Finding[] }) =>
  findings.length > 0 && (
    <ul className="findings" aria-label="What is wrong with the payload">
      {findings.map(({ pointer, detail }) => (
        <li key={pointer + detail}>
          <Text size="sm" c="var(--mantine-color-error)" className="break">
            {pointer === '' ? detail : `${pointer}: ${detail}`}
          </Text>
        </li>
      ))}
    </ul>
  );
