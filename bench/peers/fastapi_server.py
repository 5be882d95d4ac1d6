"""FastAPI on uvicorn with uvloop and httptools: POST of the picture's bytes."""

import uvicorn
from common import PORT, infer, open_session
from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool

session = open_session()
app = FastAPI()


@app.on_event("startup")
def say():
    print("ready", flush=True)


@app.post("/")
async def predict(request: Request):
    data = await request.body()
    return (await run_in_threadpool(infer, session, [data]))[0]


uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False)
