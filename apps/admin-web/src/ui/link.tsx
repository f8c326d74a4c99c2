import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { targetOf } from '../lib/go.ts';

interface LinkProps {
  /** A console path with its query string: `/keys?status=suspended`. */
  to: string;
  /** Tooltip. */
  title?: string;
  children: ReactNode;
}

/** A link to a page of the console. */
export const PageLink = ({ to, children, ...props }: LinkProps & Omit<AnchorProps, 'component'>) => (
  <Anchor component={Link} {...targetOf(to)} {...props}>
    {children}
  </Anchor>
);

/** The same as a button. */
export const LinkButton = ({ to, children, ...props }: LinkProps & Omit<ButtonProps, 'component'>) => (
  <Button component={Link} {...targetOf(to)} {...props}>
    {children}
  </Button>
);

/** A link out of the console, opened in a new tab. */
export const NewTabLink = ({ href, children, ...props }: { href: string; children: ReactNode } & Omit<AnchorProps, 'component'>) => (
  <Anchor href={href} target="_blank" rel="noreferrer" {...props}>
    {children}
  </Anchor>
);
