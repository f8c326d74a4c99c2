import { AppShell, Box, Burger, Button, Group, Kbd, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { AccountButton } from './account-button.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { PaletteOpener, usePalette } from './palette-opener.tsx';
import { PanelMenu } from './panel-menu.tsx';

/** The frame around every page: menu, command palette, account, and whether the server answers. */
export function Shell() {
  const [menuOpen, { toggle, close }] = useDisclosure(false);
  const palette = usePalette();
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !menuOpen } }} padding="md">
      <a href="#content" className="skip-link">
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={menuOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={menuOpen ? 'Close the menu' : 'Open the menu'}
              aria-expanded={menuOpen}
            />
            <Text component={Link} to="/" fw={700} className="brand">
              <img src="/favicon.svg" width={24} height={24} alt="" /> API-Factory
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button
              variant="default"
              onClick={palette.open}
              aria-label="Search (Ctrl K)"
              leftSection={<IconSearch size={16} aria-hidden />}
              aria-keyshortcuts="Control+K Meta+K"
              className="palette-button"
            >
              <span className="palette-word">Search</span>
              <Kbd size="xs" ml="xs" className="palette-word">
                Ctrl K
              </Kbd>
            </Button>
            <AccountButton />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className="navbar">
        <PanelMenu onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Box maw={1240} mx="auto">
          <ConnectionBanner />
          <Outlet />
        </Box>
      </AppShell.Main>
      <PaletteOpener palette={palette} />
    </AppShell>
  );
}
