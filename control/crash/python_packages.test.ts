import { describe, expect, it } from 'vitest'
import { moduleRemedy, pythonOf } from './python_packages.ts'

describe('a Python module that is missing', () => {
  const venv = ['.venv/bin/python', 'main.py']
  it.each([
    ['cv2', venv, '`.venv/bin/python -m pip install opencv-python` in the folder of `cwd`'],
    ['PIL', ['/srv/.venv/bin/python3.11'], '`/srv/.venv/bin/python3.11 -m pip install pillow`,'],
    ['sklearn.svm', ['python3', '-u', 'a.py'], '`python3 -m pip install scikit-learn`,'],
    [
      'yaml',
      ['conda', 'run', '-n', 'x', 'python', 'a.py'],
      '`conda run -n x python -m pip install PyYAML`',
    ],
    ['google.protobuf', ['C:\\venv\\Scripts\\python.exe'], 'python.exe -m pip install protobuf`,'],
    [
      'sentence_transformers',
      ['.venv/bin/uvicorn', 'a:app'],
      '`.venv/bin/python -m pip install sentence_transformers`',
    ],
    ['torch', ['./start.sh'], '`python -m pip install torch`,'],
    ['utils.images', venv, '"utils" looks like a folder of the program'],
    ['tkinter', venv, '`apt install python3-tk`'],
    [null, venv, '`.venv/bin/python -m pip install …`'],
  ])('%s with the command %j', (module, command, words) => {
    expect(moduleRemedy(module, command).message).toContain(words)
  })

  it('of no command at all is installed with python', () => {
    expect(pythonOf([])).toBe('python')
  })

  it('may have a name that an object has by itself', () => {
    expect(moduleRemedy('constructor', []).message).toContain('pip install constructor`')
  })
})
