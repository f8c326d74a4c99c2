/** Entry point of what a start needs first: the rest loads while the database starts. */
export { type DirectoryLock, holdDirectory } from './store/directory-lock.ts';
export { type EmbeddedServer, startEmbedded } from './store/embedded.ts';
