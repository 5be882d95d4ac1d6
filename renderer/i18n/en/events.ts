/** English words of the namespace `events`. */
export const events = {
  events: 'Events',
  level: 'Level',
  backend: 'Backend',
  all_backends: 'All backends',
  all: 'All',
  search_events: 'Search events',
  clear_the_search: 'Clear the search',
  events_newest_first: 'Events, newest first',
  ask_again: 'Ask again',
  nothing_has_happened_yet:
    'Nothing has happened yet. Starts, stops, crashes and changes of the configuration appear here.',
  no_event_matches: 'No event matches',
  clear_filter: 'Clear filter',
  kinds: {
    crash: 'Crashes',
    state: 'States',
    action: 'Actions',
    config: 'Config',
    port: 'Ports',
    stop: 'Freed on stop',
  },
  kind: {
    crash: 'crash',
    state: 'state',
    action: 'action',
    config: 'config',
    port: 'port',
    stop: 'freed on stop',
  },
  crashed: 'Crashed',
} as const
