"""FastAPI on uvicorn with uvloop and httptools: POST of the picture's bytes."""

import uvicorn
from common import PORT, answers, open_session, say_when_ready
from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool

session = open_session()
app = FastAPI()


@app.post("/predict")
async def predict(request: Request):
    data = await request.body()
    return (await run_in_threadpool(answers, session, [data]))[0]


say_when_ready(f"http://127.0.0.1:{PORT}/openapi.json")
uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False)
