/** Imported before every schema: the content security policy forbids generated code, which zod would try for speed. */
import { z } from 'zod'

z.config({ jitless: true })
