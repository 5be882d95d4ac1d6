/** English words of the namespace `config`. */
export const config = {
  undo: 'Undo',
  comments_and_order_are: 'comments and order are kept',
  discard: 'Discard',
  changed: 'changed',
  the_file_was_changed: 'The file was changed meanwhile.',
  reload: 'Reload',
  yaml: 'YAML',
} as const
