"""Training networks: `trainer` is the gradient loop, `optimizer` AdamW and the schedule, `checkpoint` a training that
can be gone on with, `distributed` several processes that train one model.
"""
