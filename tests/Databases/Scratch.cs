using System.Net;
using System.Net.Sockets;

namespace Ccr.Databases.Testing;

/// <summary>Folders of the servers: one of each instance, and one template of each kind, made once a machine.</summary>
internal static class Scratch
{
    private const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>A new folder that belongs to the servers' user. Short: a Unix socket's path has 107 octets.</summary>
    internal static async Task<string> MakeAsync(string head)
    {
        string folder = Directory.CreateTempSubdirectory(head).FullName;
        File.SetUnixFileMode(folder, Open);
        await OwnAsync(folder);
        return folder;
    }

    /// <summary>
    /// The template of that name, made by <paramref name="make"/> into a folder that it is given. It is renamed into
    /// place, so that test processes side by side see a whole one or none.
    /// </summary>
    internal static async Task<string> TemplateAsync(string name, Func<string, Task> make)
    {
        string template = Path.Combine(Path.GetTempPath(), $"ccr-template-{Environment.UserName}-{name}");
        if (Directory.Exists(template))
        {
            return template;
        }

        string made = await MakeAsync("ccr-template-");
        await make(Path.Combine(made, "data"));
        try
        {
            Directory.Move(made, template);
        }
        catch (IOException) when (Directory.Exists(template))
        {
            Directory.Delete(made, recursive: true); // another process was first
        }

        return template;
    }

    internal static Task CopyAsync(string template, string into) => ServerProcess.RunAsync(
        false, "cp", "-a", "--reflink=auto", Path.Combine(template, "data"), into);

    internal static Task OwnAsync(string path) => ServerProcess.IsRoot
        ? ServerProcess.RunAsync(false, "chown", $"{ServerProcess.User}:nogroup", path)
        : Task.CompletedTask;

    /// <summary>A port that was free a moment ago.</summary>
    internal static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
