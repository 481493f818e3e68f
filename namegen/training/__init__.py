"""Training networks: `trainer` is the gradient loop, `rows` what it learns from, `options` what can be set about it,
`optimizer` AdamW and the schedule, `checkpoint` a training that can be gone on with, `distributed` several processes
that train one model.
"""
