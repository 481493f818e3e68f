"""Files: model files, and the safetensors format that they and checkpoints are written in."""
