import { Autocomplete } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

/** So long after the last key a text is taken. */
const TYPED_MS = 400;

interface TextFilterProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What to choose from beside typing. */
  options?: readonly string[];
  placeholder?: string;
  /** Says what is wrong with a text that is not empty; such a text is not taken. */
  check?: (text: string) => string | null;
  width?: number;
}

/** A text that filters a list, taken a moment after the last key and on Enter. */
export function TextFilter({ label, value, onChange, options = [], placeholder, check, width = 150 }: TextFilterProps) {
  const [text, setText] = useState(value);
  // What was last taken: when the value becomes something else, it came from elsewhere (“Clear filters”, a link, the back button).
  const [taken, setTaken] = useState(value);
  if (value !== taken) {
    setTaken(value);
    setText(value);
  }
  // Half a text is not wrong yet.
  const [done, setDone] = useState(true);
  const fault = text.trim() === '' || !done ? null : (check?.(text.trim()) ?? null);
  const take = (typed: string) => {
    const next = typed.trim();
    if (next === taken || (next !== '' && check?.(next))) return;
    setTaken(next);
    onChange(next);
  };
  const takeSoon = useDebouncedCallback(take, TYPED_MS);
  const finish = () => {
    setDone(true);
    take(text);
  };
  return (
    <Autocomplete
      label={label}
      size="xs"
      w={width}
      data={[...options]}
      value={text}
      error={fault}
      maxLength={200}
      autoComplete="off"
      spellCheck={false}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      onChange={(typed) => {
        setText(typed);
        setDone(false);
        takeSoon(typed);
      }}
      onOptionSubmit={take}
      onBlur={finish}
      onKeyDown={(event) => event.key === 'Enter' && finish()}
      {...(placeholder ? { placeholder } : {})}
    />
  );
}
