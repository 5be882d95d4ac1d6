import { t } from '../i18n/i18n.ts'
import { TextWithCode } from '../components/text_with_code.tsx'
import './refused_page.css'
import { Button } from '../components/button.tsx'

export function RefusedPage() {
  return (
    <main className="refused">
      <h1>{t('shell:refused.title')}</h1>
      <p>{t('shell:refused.text')}</p>
      <pre className="well">{`Panel: ${location.origin}/?token=…`}</pre>
      <p>
        <TextWithCode text={t('shell:refused.after')} />
      </p>
      <Button size="medium" onClick={() => location.reload()}>
        {t('words:try_again')}
      </Button>
    </main>
  )
}
