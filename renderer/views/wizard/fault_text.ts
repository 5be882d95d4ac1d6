import { BACKEND_NAME_LENGTH_MAX } from '../../../protocol/config.ts'
import { number } from '../../format/number.ts'
import { t } from '../../i18n/i18n.ts'
import { addressOf, ownerOf, type Configured, type Draft, type Fault, type Field } from './draft.ts'
import { onnxValues } from './onnx_draft.ts'

export function faultMessage(
  field: Field,
  fault: Fault,
  { draft, configured }: { draft: Draft; configured: readonly Configured[] },
): string {
  switch (fault) {
    case 'missing':
      return t(`wizard:missing.${field}`)
    case 'name_length':
      return t('wizard:fault.name_length', {
        count: draft.name.length,
        max: BACKEND_NAME_LENGTH_MAX,
      })
    case 'name_used':
      return t('wizard:fault.name_used', { name: draft.name })
    case 'port_used': {
      const address = { host: 'localhost', port: Number(draft.port) }
      return t('wizard:fault.port_used', {
        port: draft.port,
        name: ownerOf(address, configured) ?? '',
      })
    }
    case 'address_used': {
      const address = addressOf(draft.address)
      return t('wizard:fault.address_used', {
        name: (address && ownerOf(address, configured)) ?? '',
      })
    }
    case 'label_count': {
      const { labels, classes } = onnxValues(draft.onnx)
      return t('wizard:fault.label_count', {
        count: labels.length,
        classes: number(classes ?? 0),
      })
    }
    case 'unread':
    case 'inputs':
    case 'axes':
    case 'name_letters':
    case 'port_range':
    case 'address_form':
    case 'size':
    case 'numbers':
    case 'three_for_grey':
    case 'top':
      return t(`wizard:fault.${fault}`)
  }
}
