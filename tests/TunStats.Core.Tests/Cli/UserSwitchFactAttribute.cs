using System;
using System.IO;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>A test that runs a program as another user; skipped, with the reason, where that cannot be.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UserSwitchFactAttribute : FactAttribute
{
    public UserSwitchFactAttribute() => Skip = Environment.UserName != "root" ? "Only root can become another user."
        : !File.Exists("/usr/bin/setpriv") ? "There is no setpriv (Debian: util-linux)."
        : null;
}
