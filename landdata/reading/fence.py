"""Puts the process that opens or writes a file behind limits and takes its network away; it knows nothing of files."""

from __future__ import annotations

import ctypes
import errno
import platform
import resource
import sys

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER_MODE = 38, 22, 2
# Kernel architecture, then the numbers of socket() and connect() on it.
_MACHINES = {"x86_64": (0xC000003E, 41, 42), "aarch64": (0xC00000B7, 198, 203)}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000 | errno.EPERM


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound this process for the rest of its life: memory, time on the processor, no core file, no network."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Where the kernel has no such fence, the dead proxy of `isolated.py` is left.
    no_sockets()


def without(*libraries: str) -> None:
    """Keep libraries out of this process, for the rest of its life, that another one would load where it finds them."""
    for name in libraries:
        sys.modules[name] = None  # type: ignore[assignment]


def no_sockets() -> bool:
    """Let the kernel refuse every new socket of this process from now on; False where it cannot.

    GDAL fetches the address in a GeoJSON's `"crs": {"type": "link"}`, whatever drivers and /vsicurl are switched off.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    arch, socket, connect = machine
    words = (
        (_LOAD, 0, 0, 4),
        (_EQUAL, 0, 3, arch),  # calls of another architecture fail as well: their numbers mean other things
        (_LOAD, 0, 0, 0),
        (_EQUAL, 1, 0, socket),
        (_EQUAL, 0, 1, connect),
        (_RETURN, 0, 0, _FAIL),
        (_RETURN, 0, 0, _ALLOW),
    )
    filters = (_Instruction * len(words))(*(_Instruction(*word) for word in words))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(_Program(len(words), filters)), 0, 0) == 0)
