import { useMemo, useState } from 'react';
import type { Action } from '../../lib/action-list.ts';
import { type Draft, emptyDraft, type Reading, readDraft, withJson, withText } from './draft.ts';
import type { Finding } from './findings.ts';
import { formOf, type PayloadForm } from './schema-fields.ts';

/** The payload that is being written for the chosen action. */
export interface Drafting {
  form: PayloadForm;
  draft: Draft;
  reading: Reading;
  /** What the server found wrong with it; forgotten with the next change. */
  refused: readonly Finding[];
  setText: (name: string, text: string) => void;
  setJson: (json: string) => void;
  setRefused: (action: string, findings: readonly Finding[]) => void;
  /** Puts the payload of an earlier call in the place of what is being written for that action. */
  load: (action: Action, json: string) => void;
}

const NOTHING: readonly Finding[] = [];

/** Keeps a draft for each action, so that looking at another one loses nothing. */
export function useDrafts({ name, payload }: Action): Drafting {
  const [drafts, setDrafts] = useState<ReadonlyMap<string, Draft>>(new Map());
  const [refused, setRefused] = useState<{ action: string; findings: readonly Finding[] } | null>(null);
  const form = useMemo(() => formOf(payload), [payload]);
  const draft = useMemo(() => drafts.get(name) ?? emptyDraft(form), [drafts, name, form]);
  const reading = useMemo(() => readDraft(form, draft), [form, draft]);
  const keep = (action: string, next: Draft) => {
    setDrafts((before) => new Map(before).set(action, next));
    setRefused(null);
  };
  return {
    form,
    draft,
    reading,
    refused: refused?.action === name ? refused.findings : NOTHING,
    setText: (field, text) => keep(name, withText(form, draft, { name: field, text })),
    setJson: (json) => keep(name, withJson(form, draft, json)),
    setRefused: (action, findings) => setRefused({ action, findings }),
    load: (action, json) => {
      const other = formOf(action.payload);
      keep(action.name, withJson(other, emptyDraft(other), json));
    },
  };
}
