import { Box, Code } from '@mantine/core';
import { CopyIcon } from './copy-button.tsx';

interface CodeBlockProps {
  text: string;
  /** What it is: “curl command”. Names the region and the copy button. */
  what: string;
  /** Height after which it scrolls, in px. */
  maxHeight?: number;
}

/** A block of code or JSON with a button that copies it. The block can be scrolled with the keyboard. */
export function CodeBlock({ text, what, maxHeight = 360 }: CodeBlockProps) {
  return (
    <Box pos="relative">
      <Code block component="pre" tabIndex={0} role="region" aria-label={what} mah={maxHeight} className="code-block">
        {text}
      </Code>
      <Box pos="absolute" top={6} right={6}>
        <CopyIcon text={text} what={what} />
      </Box>
    </Box>
  );
}

/** JSON, indented. */
export const JsonBlock = ({ value, ...props }: Omit<CodeBlockProps, 'text'> & { value: unknown }) => (
  <CodeBlock text={JSON.stringify(value, null, 2) ?? ''} {...props} />
);
