import { Autocomplete } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

const DEBOUNCE_MS = 400;

interface TextFilterProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Suggestions. */
  options?: readonly string[];
  placeholder?: string;
  /** Validates non-empty text. Invalid text shows the error and isn’t applied. */
  check?: (text: string) => string | null;
  width?: number;
}

/** A text filter, applied shortly after the last keystroke, on blur or on Enter. */
export function TextFilter({ label, value, onChange, options = [], placeholder, check, width = 150 }: TextFilterProps) {
  const [text, setText] = useState(value);
  // A value that differs from the one applied last was changed elsewhere, for example by “Clear
  // filters” or the back button.
  const [applied, setApplied] = useState(value);
  if (value !== applied) {
    setApplied(value);
    setText(value);
  }
  // Incomplete text isn’t an error yet.
  const [done, setDone] = useState(true);
  const error = text.trim() === '' || !done ? null : (check?.(text.trim()) ?? null);
  const apply = (typed: string) => {
    const next = typed.trim();
    if (next === applied || (next !== '' && check?.(next))) return;
    setApplied(next);
    onChange(next);
  };
  const applySoon = useDebouncedCallback(apply, DEBOUNCE_MS);
  const finish = () => {
    setDone(true);
    apply(text);
  };
  return (
    <Autocomplete
      label={label}
      size="xs"
      w={width}
      data={[...options]}
      value={text}
      error={error}
      maxLength={200}
      autoComplete="off"
      spellCheck={false}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      onChange={(typed) => {
        setText(typed);
        setDone(false);
        applySoon(typed);
      }}
      onOptionSubmit={apply}
      onBlur={finish}
      onKeyDown={(event) => event.key === 'Enter' && finish()}
      {...(placeholder ? { placeholder } : {})}
    />
  );
}
