"""A Slurm cluster on this machine for tests: three nodes, with or without accounting, and the faults that befall clusters.

Needs root and Debian's slurm-wlm, munge; for accounting slurmdbd, slurm-wlm-mysql-plugin and mariadb-server. Everything
lies in one folder, all daemons listen on the loopback, and only processes that were started here are ended.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

NODES = {"n1": "short", "n2": "short", "n3": "highmem"}  # and the partition of each
COMMANDS = ("munged", "slurmctld", "slurmd", "sbatch")
ACCOUNTING = ("slurmdbd", "mariadbd", "mariadb-install-db")
PATIENCE = 300.0  # seconds for what takes a minute at most on an idle machine
NODE_TIMEOUT = 15  # seconds without an answer after which a node is DOWN

SLURM_CONF = """\
ClusterName=tierline
SlurmctldHost=localhost
SlurmctldPort={port}
SrunPortRange={first}-{last}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=10
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=5,sched_interval=5,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout={timeout}
SlurmctldTimeout=10
MessageTimeout=10
KillWait=2
OverTimeLimit=0
MinJobAge=300
FirstJobId=1
JobRequeue=0
JobCompType=jobcomp/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=UsePss,OverMemoryKill
LaunchParameters=send_gids
"""  # OverMemoryKill: there is no memory cgroup in a container

SLURMDBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
CommunicationParameters=NoInAddrAny
DbdPort={port}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database}
StorageUser=slurm
StoragePass=tierline
StorageLoc=slurm_acct_db
CommitDelay=1
"""


def lacking(accounting: bool) -> None:
    """Skip the test where a cluster cannot be started; in continuous integration that is a failure."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    names = COMMANDS + (ACCOUNTING if accounting else ())
    lacking = [name for name in names if not shutil.which(name, path=path)] + ([] if os.geteuid() == 0 else ["root"])
    if lacking:
        (pytest.fail if "TIERLINE_CI" in os.environ else pytest.skip)(f"not here: {', '.join(lacking)}")


class Cluster:
    """Between ``start`` and ``stop``; ``environment`` is what a command needs to reach it."""

    def __init__(self, *, accounting: bool, cpus: int, memory: int) -> None:
        """``cpus`` and ``memory`` (MB) are those that each node says it has, whatever the machine has."""
        self.accounting, self._cpus, self._memory = accounting, cpus, memory
        self.folder = Path(tempfile.mkdtemp(prefix="tierline-slurm-"))  # pytest closes its own to munge and mysql
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = dict(os.environ)
        self._base = _free_ports(500)

    # ------------------------------------------------------------------- up and down

    def start(self) -> None:
        for name in ("munge", "state", "bin", *(f"spool/{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o711)  # munge and mysql are users of their own
        self._write_conf()
        self._start_munge()
        if self.accounting:
            self._start_accounting()
        self.start_daemon("slurmctld")
        for node in NODES:
            self.start_node(node)
        self.until_idle()

    def stop(self) -> None:
        if self.environment.get("SLURM_CONF"):
            self.ask("scancel", "--user=root")
        _wait_quietly(lambda: not self.ask("squeue", "--noheader"), 10)  # a node that is lost never says that they ended
        for name in [*(f"slurmd-{node}" for node in NODES), "slurmctld", "slurmdbd", "mariadbd", "munged"]:
            if child := self._daemons.pop(name, None):
                child.terminate()
                try:
                    child.wait(20)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        for pid in (pid for node in NODES for pid in self._processes_of(node)):
            with suppress(ProcessLookupError):  # of jobs, where a test ended with slurmctld away
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write_conf(self) -> None:
        text = SLURM_CONF.format(
            folder=self.folder, port=self._base, first=self._base + 100, last=self._base + 499, timeout=NODE_TIMEOUT,
        )  # fmt: skip
        for number, node in enumerate(NODES):
            text += f"NodeName={node} NodeHostname=localhost NodeAddr=127.0.0.1 Port={self._base + 11 + number} "
            text += f"CPUs={self._cpus} RealMemory={self._memory}\n"
        for partition in dict.fromkeys(NODES.values()):
            nodes = ",".join(node for node, name in NODES.items() if name == partition)
            default = "YES" if partition == "short" else "NO"
            text += f"PartitionName={partition} Nodes={nodes} Default={default} MaxTime=240 DefaultTime=5 DefMemPerCPU=500 "
            text += "LLN=YES\n"  # each job goes to the node that is least loaded: two jobs are on two nodes
        if self.accounting:
            text += "AccountingStorageType=accounting_storage/slurmdbd\nAccountingStorageHost=localhost\n"
            text += f"AccountingStoragePort={self._base + 1}\nAccountingStoragePass={self.folder}/munge/socket\n"
            text += "AccountingStoreFlags=job_comment\n"
        else:
            text += "AccountingStorageType=accounting_storage/none\n"
        conf = self.folder / "slurm.conf"
        conf.write_text(text)
        # the jobstep executor of Snakemake takes SLURM_CONF from the environment of srun
        srun = self.folder / "bin" / "srun"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={conf} exec /usr/bin/srun "$@"\n')
        srun.chmod(0o755)
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"], "/usr/sbin", "/sbin"])
        self.environment |= {"SLURM_CONF": str(conf), "PATH": path}

    def _start_munge(self) -> None:
        munge = self.folder / "munge"
        (munge / "key").write_bytes(os.urandom(1024))
        (munge / "key").chmod(0o600)
        for path in (munge, munge / "key"):
            shutil.chown(path, "munge", "munge")
        munge.chmod(0o711)
        self._start(
            "munged", "setpriv", "--reuid=munge", "--regid=munge", "--clear-groups", "munged", "--foreground",
            f"--key-file={munge}/key", f"--socket={munge}/socket", f"--pid-file={munge}/pid",
            f"--log-file={munge}/log", f"--seed-file={munge}/seed",
        )  # fmt: skip
        wait_for((munge / "socket").exists, lambda: "munged did not come up")

    def _start_accounting(self) -> None:
        data = self.folder / "mysql"
        data.mkdir()
        shutil.chown(data, "mysql", "mysql")
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", "--user=mysql", f"--datadir={data}/data",
             "--auth-root-authentication-method=socket", "--skip-test-db"],
            env=self.environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._start(
            "mariadbd", "mariadbd", "--no-defaults", "--user=mysql", f"--datadir={data}/data", f"--socket={data}/socket",
            f"--pid-file={data}/pid", "--bind-address=127.0.0.1", f"--port={self._base + 2}",
            "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0",
            "--skip-log-bin", "--innodb-lock-wait-timeout=900",
        )  # fmt: skip
        client = ["mariadb", "--no-defaults", "-S", f"{data}/socket", "-e"]
        wait_for(lambda: subprocess.run([*client, "select 1"], capture_output=True).returncode == 0, lambda: "no mariadbd")
        for host in ("127.0.0.1", "localhost"):
            grant = (
                f"create user 'slurm'@'{host}' identified by 'tierline'; grant all on slurm_acct_db.* to 'slurm'@'{host}'"
            )
            subprocess.run([*client, f"create database if not exists slurm_acct_db; {grant}"], check=True)
        conf = self.folder / "slurmdbd.conf"
        conf.write_text(SLURMDBD_CONF.format(folder=self.folder, port=self._base + 1, database=self._base + 2))
        conf.chmod(0o600)
        self.start_daemon("slurmdbd")
        wait_for(lambda: "tierline" in self.ask("sacctmgr", "-n", "-i", "add", "cluster", "tierline")
                 or "tierline" in self.ask("sacctmgr", "-n", "list", "cluster", "format=cluster"),
                 lambda: "no slurmdbd")  # fmt: skip

    def _start(self, name: str, *words: str) -> None:
        with open(self.folder / f"{name}.out", "ab") as out:
            self._daemons[name] = subprocess.Popen(
                words,
                cwd="/",
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    # ------------------------------------------------------------------- faults

    def start_daemon(self, name: str) -> None:
        """Start slurmctld or slurmdbd."""
        self._start(name, name, "-D")

    def kill_daemon(self, name: str) -> None:
        """``kill -9`` of slurmctld or slurmdbd."""
        child = self._daemons.pop(name)
        child.kill()
        child.wait()

    def note(self) -> None:
        """Wait until slurmctld has on disk what it knows, which takes it five seconds at most, and take a copy of that."""
        time.sleep(6)
        shutil.copytree(self.folder / "state", self.folder / "noted", dirs_exist_ok=True)

    def forget(self, *, noted: bool) -> None:
        """While slurmctld is down: what it knows of its jobs is lost, or what it has learnt since ``note``."""
        shutil.rmtree(self.folder / "state")
        if noted:
            shutil.copytree(self.folder / "noted", self.folder / "state")
        else:
            (self.folder / "state").mkdir()
            conf = self.folder / "slurm.conf"  # nodes refuse a number that they have had
            conf.write_text(
                re.sub(r"FirstJobId=(\d+)", lambda found: f"FirstJobId={int(found[1]) + 1000}", conf.read_text())
            )

    def start_node(self, node: str) -> None:
        self._start(f"slurmd-{node}", "slurmd", "-D", "-N", node)

    def kill_node(self, node: str, *, keep_jobs: bool = False) -> list[int]:
        """End a node as a loss of power would. ``keep_jobs``: it only seems dead, and its jobs work on.

        Returns the processes of its jobs.
        """
        jobs = self._processes_of(node)
        steps = {step for pid in jobs if (step := _stepd_of(pid))}
        self.kill_daemon(f"slurmd-{node}")
        for pid in [*steps, *([] if keep_jobs else jobs)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return jobs

    def _processes_of(self, node: str) -> list[int]:
        """Processes of jobs of this cluster on a node."""
        wanted = f"SLURMD_NODENAME={node}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if wanted in words and os.fsencode(self.folder) in b"\0".join(words):
                    found.append(int(entry.name))
        return found

    # ------------------------------------------------------------------- questions

    def ask(self, *words: str) -> str:
        """What a command of Slurm says on standard output; "" where it fails."""
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False, timeout=60)
        return done.stdout.strip() if done.returncode == 0 else ""

    def states(self) -> dict[str, str]:
        """The state of every node."""
        lines = self.ask("sinfo", "-h", "-N", "-o", "%N %t").splitlines()
        return dict(sorted(tuple(line.split()) for line in lines))  # type: ignore[misc]

    def until_idle(self) -> None:
        wait_for(lambda: self.states() == dict.fromkeys(NODES, "idle"), lambda: f"idle nodes, but {self.states()}")

    def jobs(self, *states: str) -> dict[str, str]:
        """Jobs (all that Slurm knows, or those in these states) and the node each is or was on."""
        chosen = ",".join(states) or "all"
        lines = self.ask("squeue", "-h", f"--states={chosen}", "-o", "%i|%N").splitlines()
        return dict(line.split("|") for line in lines)  # type: ignore[misc]


def _stepd_of(pid: int) -> int | None:
    """The slurmstepd above a process."""
    while pid > 1:
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
        if name.startswith("slurmstepd"):
            return pid
        pid = int(rest[1])
    return None


def _free_ports(number: int) -> int:
    """The first of so many ports that nobody listens on; tests that run beside each other get different ones."""
    base = 17000 + (os.getpid() * 7 % 60) * number
    for first in [*range(base, 47000, number), *range(17000, base, number)]:
        if all(_is_free(port) for port in (*range(first, first + 3), *range(first + 11, first + 14))):
            return first
    raise OSError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def _wait_quietly(what: Callable[[], object], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.1)
    return False


def wait_for(what: Callable[[], object], else_: Callable[[], str]) -> None:
    if not _wait_quietly(what, PATIENCE):
        raise TimeoutError(f"not within {PATIENCE:.0f} s: {else_()}")
