import { RouterProvider } from '@tanstack/react-router';
import { createConsoleRouter } from '../router.tsx';

const router = createConsoleRouter();

/** What is behind the sign-in. */
export const Console = () => <RouterProvider router={router} />;
