"""
`params.yaml` as frozen, checked values; nothing else in the house sees the raw file.

Reads: params.yaml
"""

from pipeline.config.block import ModelBlock, Name
from pipeline.config.estimators import EstimatorBlock
from pipeline.config.faults import name_fault
from pipeline.config.file import Params, load_block, load_params, read_raw, schema_json

__all__ = [
    "EstimatorBlock",
    "ModelBlock",
    "Name",
    "Params",
    "load_block",
    "load_params",
    "name_fault",
    "read_raw",
    "schema_json",
]
