import { NavLink, Stack, Text } from '@mantine/core';
import { Link, useRouterState } from '@tanstack/react-router';
import { PANEL_GROUPS, type Panel } from '../panel.ts';
import { PANELS } from '../panels.ts';

/** The grouped menu of panels. `onGo` closes it on narrow screens. */
export function PanelMenu({ onGo }: { onGo: () => void }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <Stack gap="md" component="nav" aria-label="Panels">
      {PANEL_GROUPS.map((group) => (
        <div key={group}>
          <Text size="xs" fw={600} c="dimmed" px="sm" pb={4}>
            {group}
          </Text>
          {PANELS.filter((panel) => panel.group === group).map((panel) => (
            <NavLink
              key={panel.title}
              component={Link}
              to={panel.routes[0].path}
              label={panel.title}
              leftSection={<panel.icon size={18} stroke={1.6} aria-hidden />}
              active={isAt(panel, path)}
              {...(isAt(panel, path) ? { 'aria-current': 'page' as const } : {})}
              onClick={onGo}
            />
          ))}
        </div>
      ))}
    </Stack>
  );
}

const isAt = ({ routes: [{ path: home }] }: Panel, path: string): boolean => path === home || (home !== '/' && path.startsWith(`${home}/`));
