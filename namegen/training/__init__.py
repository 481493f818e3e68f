"""Fitting models to lists.

`fit` makes a model of each family; `trainer` is the gradient loop of networks, `dataset` what it reads, `optimizer`
AdamW and the learning-rate schedule, `checkpoint` a training that can be resumed, `distributed` several processes that
train one model, `listener` what a caller is told.
"""
