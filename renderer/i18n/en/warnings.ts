export { WARNING_TEXTS as warnings } from '../../../protocol/warning_texts.ts'
