"""The registers (一单两库): from tables of text to checked, frozen values."""

from optimizer.registers.build import Reading, build_registers, read_registers
from optimizer.registers.codes import CodeLists, builtin_codes, make_codes
from optimizer.registers.columns import COLUMNS, OPTIONAL, REGISTERS, REQUIRED
from optimizer.registers.mapping import RegisterMapping
from optimizer.registers.table import RawTable, make_table

__all__ = [
    "COLUMNS",
    "OPTIONAL",
    "REGISTERS",
    "REQUIRED",
    "CodeLists",
    "RawTable",
    "Reading",
    "RegisterMapping",
    "build_registers",
    "builtin_codes",
    "make_codes",
    "make_table",
    "read_registers",
]
