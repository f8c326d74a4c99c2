import { Menu, Text, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { signedInText } from '../lib/actors.ts';
import { formatLocal } from '../lib/format.ts';
import { useSession } from '../lib/session.ts';
import { signOutWithToast } from '../lib/sign-out.ts';

const SCHEMES = [
  { scheme: 'light', label: 'Light', icon: IconSun },
  { scheme: 'dark', label: 'Dark', icon: IconMoon },
  { scheme: 'auto', label: 'System', icon: IconDeviceDesktop },
] as const;

/**
 * The session, the colour scheme and sign-out. Opens when it is first rendered, since the first
 * click loads it.
 */
export function AccountMenu({ button }: { button: ReactNode }) {
  const state = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={260} defaultOpened withInitialFocusPlaceholder={false}>
      <Menu.Target>{button as never}</Menu.Target>
      <Menu.Dropdown>
        {state.phase === 'signed-in' && (
          <Menu.Label>
            <Text size="sm" component="span" title={state.session.operator}>
              {signedInText(state.session.operator)}
              <br />
              Session ends {formatLocal(new Date(state.session.expiresAt))}
            </Text>
          </Menu.Label>
        )}
        <Menu.Divider />
        {SCHEMES.map(({ scheme, label, icon: Icon }) => (
          <Menu.Item key={scheme} leftSection={<Icon size={16} aria-hidden />} onClick={() => setColorScheme(scheme)}>
            {label}
            {colorScheme === scheme ? ' (current)' : ''}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => signOutWithToast(false)}>
          Sign out
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => signOutWithToast(true)}>
          Sign out everywhere
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
