"""Fitting models to lists.

`fit` makes a model of each family, `network` trains one with checkpoints; `trainer` is the gradient loop, `dataset`
what it reads, `optimizer` AdamW and the learning-rate schedule, `checkpoint` a training that can be resumed,
`distributed` several processes that train one model, `listener` the callbacks.
"""
