using System.Diagnostics;
using System.Net.Sockets;

namespace Ccr.Artemis.Processes;

/// <summary>A server may ask for a checkpoint as soon as it has said WELCOME.</summary>
public sealed class FirstSignalTests
{
    [Fact]
    public async Task It_finds_its_handler_however_early_it_comes()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("ccr-f");
        GroupFolder group = new(root.FullName, "p");
        group.Claim().Dispose();
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(group.Socket));
        listener.Listen();
        using Process program = Process.Start(
            JacketFiles.Launcher, [.. JacketFiles.RunArguments(group), "--", "/bin/true"]);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        Socket socket = await listener.AcceptAsync(limit.Token);
        using MemberConnection member = await MemberConnection.MeetAsync(socket, limit.Token);

        member.Signal(); // it cannot be answered before it is taken: the earliest of all
        await member.SendAsync(Frame.Of(FrameType.Welcome, new WelcomeBody { Version = WireWords.Version }));

        await program.WaitForExitAsync(limit.Token);
        Assert.Equal(0, program.ExitCode);
        root.Delete(recursive: true);
    }
}
