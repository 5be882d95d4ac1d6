/** English words of the namespace `warnings`: those that built-in backends send. */
export { WARNING_TEXTS as warnings } from '../../../protocol/warning_texts.ts'
