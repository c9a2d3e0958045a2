import { pythonUrllib } from "./python-urllib.ts";

/**
 * Runs the user's program in CPython as `python` would. The interpreter's own way shifts the line numbers of tracebacks, indents the lines
 * of long texts, drops from the output what is not a whole line of UTF-8, forgets the message of SystemExit and has no asyncio.
 * Output leaves as lines of Base64 behind {@link outputMark}, the last line but what is printed at exit is {@link endMark}.
 */
export const pythonRunner = String.raw`
def run(job):
    import base64, builtins, io, linecache, os, sys, types
    low_write = os.write

    class Exact(io.RawIOBase):
        def __init__(self, fd):
            self._fd = fd
        def fileno(self):
            return self._fd
        def writable(self):
            return True
        def write(self, data):
            data = bytes(data)
            for start in range(0, len(data), 49152):
                low_write(self._fd, b'\x1f' + base64.b64encode(data[start:start + 49152]) + b'\n')
            return len(data)

    exact = {1: Exact(1), 2: Exact(2)}

    def write(fd, data):
        return exact[fd].write(data) if fd in exact else low_write(fd, data)

    os.write = write
    eager = job['unbuffered']
    sys.stdout = sys.__stdout__ = io.TextIOWrapper(
        io.BufferedWriter(exact[1], 49152), 'utf-8', 'surrogateescape', '\n', write_through=eager, line_buffering=eager)
    sys.stderr = sys.__stderr__ = io.TextIOWrapper(
        io.BufferedWriter(exact[2]), 'utf-8', 'backslashreplace', '\n', line_buffering=True)
    if job['stdinIsProgram']:
        sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BytesIO(), 'utf-8')

    os.environ.clear()
    os.environ.update(job['env'])
    share_files(os, sys)
    sys.meta_path.insert(0, ChangedLibraryFinder({'asyncio': use_plain_loop, 'urllib.request': use_gateway}))

    main = types.ModuleType('__main__')
    main.__builtins__ = builtins
    # Kept alive: the functions that find the sandbox's files live in it.
    main_before, sys.modules['__main__'] = sys.modules['__main__'], main
    kind, name = job['kind'], job['name']
    sys.argv[:] = job['argv']
    sys.path[0] = os.path.dirname(os.path.join(os.getcwd(), name)) if kind == 'file' else ''

    status = 0
    try:
        if kind == 'module':
            import runpy
            sys.path[0] = os.getcwd()
            runpy.run_module(name, run_name='__main__', alter_sys=True)
        elif kind == 'file' and os.path.isdir(name):
            import runpy
            runpy.run_path(name, run_name='__main__')
        else:
            if kind == 'file':
                name = main.__file__ = os.path.join(os.getcwd(), name)
                with open(name, 'rb') as file:
                    source = file.read()
            else:
                source = job['source']
                linecache.cache[name] = (len(source), None, source.splitlines(True), name)
            exec(compile(source, name, 'exec', dont_inherit=True), main.__dict__)
    except SystemExit as error:
        status = status_of(error, sys)
    except BaseException as error:
        status = 1
        # The first frame is the one of this function.
        frames = error.__traceback__.tb_next
        if sys.excepthook is not sys.__excepthook__:
            sys.excepthook(type(error), error.with_traceback(frames), frames)
        else:
            import traceback
            traceback.print_exception(error.with_traceback(frames), file=sys.stderr)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except Exception:
        pass
    low_write(1, b'\x1e\n')
    del main_before
    raise SystemExit(status)

def status_of(error, sys):
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 255
    sys.stdout.flush()
    print(error.code, file=sys.stderr)
    return 1

# The sandbox's files are mounted at /host. Links put them where every function of the library looks for them.
def share_files(os, sys):
    import posix
    os.unlink('/tmp/_jb_script.py')
    for folder in ('/tmp', '/home/web_user', '/home'):
        posix.rmdir(folder)
    with os.scandir('/host') as entries:
        names = [entry.name for entry in entries]
    for name in names:
        if name not in ('dev', 'proc', 'lib', 'host', '_jb_http'):
            os.symlink('/host/' + name, '/' + name)
    # The interpreter's own way, functions that are changed one by one, is not needed any more.
    sys.modules['__main__']._should_redirect = lambda path: False
    whole_path = os.path.realpath
    def realpath(path, **options):
        found = whole_path(path, **options)
        prefix = b'/host' if isinstance(found, bytes) else '/host'
        inside = found == prefix or found.startswith(prefix + prefix[:1])
        return found[len(prefix):] or prefix[:1] if inside else found
    os.path.realpath = realpath

class ChangedLibraryFinder:
    # Changes modules of the library when they are imported.
    def __init__(self, changes):
        self._changes = changes
    def find_spec(self, name, path=None, target=None):
        change = self._changes.pop(name, None)
        if change is None:
            return None
        import importlib.util
        spec = importlib.util.find_spec(name)
        spec.loader = ChangedLibraryLoader(spec.loader, change)
        return spec

class ChangedLibraryLoader:
    # One loader serves the whole library, so it is not changed itself.
    def __init__(self, library, change):
        self._library = library
        self._change = change
    def __getattr__(self, name):
        return getattr(self._library, name)
    def create_module(self, spec):
        return self._library.create_module(spec)
    def exec_module(self, module):
        self._library.exec_module(module)
        self._change(module)

# Event loops want a pair of sockets to be woken up through. There is nobody here to wake them up.
def use_plain_loop(asyncio):
    import time

    class Sleeper:
        def select(self, timeout):
            if timeout is None:
                raise RuntimeError('The event loop waits for something that can never happen here.')
            if timeout > 0:
                time.sleep(timeout)
            return []

    class PlainEventLoop(asyncio.BaseEventLoop):
        def __init__(self):
            super().__init__()
            self._selector = Sleeper()
        def _process_events(self, events):
            pass
        def _write_to_self(self):
            pass

    class PlainEventLoopPolicy(asyncio.DefaultEventLoopPolicy):
        _loop_factory = PlainEventLoop

    asyncio.set_event_loop_policy(PlainEventLoopPolicy())
${pythonUrllib}`;

/** Begins a line of Base64 of the program's output. */
export const outputMark = "\x1f";
/** The line that tells that the program has ended by itself. */
export const endMark = "\x1e";
