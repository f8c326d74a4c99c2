/** A text as it stands in a pattern of `like`: what it holds of wildcards means itself. */
export const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
