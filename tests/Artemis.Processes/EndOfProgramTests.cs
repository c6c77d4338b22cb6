using System.Diagnostics;
using Ccr.TestSupport;

namespace Ccr.Artemis.Processes;

/// <summary>A program is over when its last thread has: until then it may write where a restart has put back.</summary>
public sealed class EndOfProgramTests
{
    private const string LeaderEnds = """
        import ctypes, threading, time
        threading.Thread(target=time.sleep, args=(60,)).start()
        ctypes.CDLL(None).syscall(60, 0)
        """; // exit, of this thread alone

    [Fact]
    public async Task A_program_whose_first_thread_has_ended_is_alive()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("ccr-e");
        GroupFolder group = new(root.FullName, "p");
        group.Claim().Dispose();
        using Process program = Process.Start("/usr/bin/python3", ["-c", LeaderEnds]);
        try
        {
            group.NoteMember(program.Id);
            await Eventually.HoldsAsync(
                () => File.ReadAllText($"/proc/{program.Id}/stat").Contains(") Z ", StringComparison.Ordinal),
                "the first thread has ended");

            Assert.Equal(program.Id, group.Member);
        }
        finally
        {
            program.Kill();
        }

        await Eventually.HoldsAsync(() => group.Member is null, "it is gone");
        root.Delete(recursive: true);
    }
}
