/** Simplified Chinese words of the namespace `config`. */
import type { config as english } from '../en/config.ts'
import type { Translated } from '../translated.ts'

export const config: Translated<typeof english> = {
  undo: '撤销',
  comments_and_order_are: '保留注释和顺序',
  discard: '放弃',
  changed: '已更改',
  the_file_was_changed: '文件在此期间被修改。',
  reload: '重新读取',
  yaml: 'YAML',
}
