import { Text, type TextProps, Tooltip } from '@mantine/core';
import { formatLocal, formatRelative, formatStamp, formatUtc } from '../lib/format.ts';

interface TimeProps extends TextProps {
  /** RFC 3339; null shows `none`. */
  at: string | null;
  none?: string;
  /** Absolute instead of relative. */
  absolute?: boolean;
  /** Absolute and short, for rows of a log. */
  stamp?: boolean;
}

/** A relative time, with local time and UTC on hover or focus. */
export function Time({ at, none = 'never', absolute = false, stamp = false, ...props }: TimeProps) {
  if (at === null)
    return (
      <Text span inherit c="dimmed" {...props}>
        {none}
      </Text>
    );
  const date = new Date(at);
  const label = (
    <>
      {formatLocal(date)} (local)
      <br />
      {formatUtc(date)}
    </>
  );
  return (
    <Tooltip label={label} events={{ hover: true, focus: true, touch: true }} withinPortal>
      <Text span inherit component="time" dateTime={at} tabIndex={0} className="time" {...props}>
        {stamp ? formatStamp(date) : absolute ? formatLocal(date) : formatRelative(date, new Date())}
      </Text>
    </Tooltip>
  );
}
