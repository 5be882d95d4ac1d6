/** In the order of their keys 1 to 6. */
export const VIEWS = ['backends', 'test', 'logs', 'system', 'events', 'settings'] as const
export type View = (typeof VIEWS)[number]
