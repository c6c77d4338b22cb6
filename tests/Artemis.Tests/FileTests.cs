using Ccr.Artemis.Tests.Support;

namespace Ccr.Artemis.Tests;

/// <summary>The files that a program writes, read while it stands.</summary>
public sealed class FileTests
{
    [Fact]
    public void A_file_that_the_program_has_locked_for_itself_is_captured()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            // FileShare.None is flock with LOCK_EX.
            using FileStream locked = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            locked.Write("what the program wrote"u8);
            locked.Flush();
            FakeProgram program = new(1);
            program.Capture(path, (int)locked.SafeFileHandle.DangerousGetHandle());

            List<CapturedFile> files = FileCapture.Read(
                Environment.ProcessId, new SlabView(program.TakeSlab(1, full: true)), null);

            CapturedFile file = Assert.Single(files);
            Assert.Equal(locked.Length, file.Version.Size);
            Assert.Equal("what"u8, file.Parts[0].Octets.AsSpan(0, 4));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
