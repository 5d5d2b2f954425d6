using System;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Interop;

namespace TunStats.Lab;

/// <summary>Has the kernel refuse a system call to one thread, as an older kernel does (seccomp).</summary>
public static unsafe class RefusedCall
{
    private const int PR_SET_SECCOMP = 22;
    private const int PR_SET_NO_NEW_PRIVS = 38;
    private const nint SECCOMP_MODE_FILTER = 2;
    private const uint SECCOMP_RET_ALLOW = 0x7fff0000;
    private const uint SECCOMP_RET_ERRNO = 0x00050000;
    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;
    private const int ArgumentsOffset = 16;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Does something on a thread of its own that may not set a socket option.</summary>
    public static void SocketOption(int option, Errno errno, Action action) =>
        Run((uint)(IsArm64 ? 208 : 54), 2, (uint)option, errno, action);

    /// <summary>Does something on a thread of its own that may not map memory of one length.</summary>
    public static void Mapping(uint length, Errno errno, Action action) =>
        Run((uint)(IsArm64 ? 222 : 9), 1, length, errno, action);

    private static void Run(uint call, int argument, uint value, Errno errno, Action action)
    {
        ExceptionDispatchInfo? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                Refuse(call, argument, value, errno);
                action();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        error?.Throw();
    }

    private static void Refuse(uint call, int argument, uint value, Errno errno)
    {
        sock_filter* filter = stackalloc sock_filter[6];
        filter[0] = new sock_filter { code = LoadWord };
        filter[1] = new sock_filter { code = JumpIfEqual, jf = 3, k = call };
        filter[2] = new sock_filter { code = LoadWord, k = (uint)(ArgumentsOffset + (8 * argument)) };
        filter[3] = new sock_filter { code = JumpIfEqual, jf = 1, k = value };
        filter[4] = new sock_filter { code = Return, k = SECCOMP_RET_ERRNO | (uint)errno };
        filter[5] = new sock_filter { code = Return, k = SECCOMP_RET_ALLOW };
        sock_fprog program = new() { len = 6, filter = filter };
        if (LabLibc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0) != 0
            || LabLibc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nint)(&program)) != 0)
        {
            throw new LabException($"No system call can be refused here: {Libc.ErrorText(Libc.LastError)}.");
        }
    }
}
