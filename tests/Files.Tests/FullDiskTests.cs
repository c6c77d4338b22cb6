using System.Diagnostics;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Store;
using Ccr.Resources.Files.Tests.Support;

namespace Ccr.Resources.Files.Tests;

/// <summary>A really full file system where the machine lets a test mount one, an injected failure otherwise.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task A_full_disk_is_found_at_prepare_and_loses_nothing()
    {
        using SmallDisk disk = SmallDisk.Mount();
        using Workbench bench = new(disk.IsMounted ? disk.Folder : null) { ["a"] = "old" };
        await bench.OpenAsync();
        AtomicActionId small = bench.Begin(), big = bench.Begin();
        await bench.Replace(small, "a", "new");
        for (int i = 0; i < 3; i++)
        {
            await bench.Do(big, $"big{i}", new ReplaceFile(new byte[900_000]));
            await bench.Do(big, $"big{i}", new WriteFile(3_000_000, new byte[] { 1 }));
        }

        if (!disk.IsMounted)
        {
            bench.Fault = point => Full(point);
        }

        Refusal refusal = bench.Prepare(big).Refusal!;
        Assert.Equal(RefusalCode.Resource, refusal.Code);
        Assert.Contains("space", refusal.Text, StringComparison.OrdinalIgnoreCase);
        bench.Fault = _ => { };
        Assert.Equal(AnswerKind.Ready, bench.Prepare(small).Kind);
        Assert.Equal(BranchAnswer.Committed, bench.Commit(small));
        Assert.Equal("new", bench["a"]);
        Assert.Equal(["a"], CrashScenario.Files(bench.Root).Keys);
        Assert.Empty(bench.Failures);
    }

    private static void Full(FaultPoint point)
    {
        if (point == FaultPoint.ImageWritten)
        {
            throw new IOException("No space left on device");
        }
    }

    /// <summary>Eight MiB of ext4 in a file, mounted; or nothing, where that is not allowed.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private const int Octets = 8 << 20;
        private readonly string _image;

        private SmallDisk(string image, string folder)
        {
            _image = image;
            Folder = folder;
        }

        internal string Folder { get; }

        internal bool IsMounted { get; private set; }

        internal static SmallDisk Mount()
        {
            SmallDisk disk = new(Path.GetTempFileName(), Directory.CreateTempSubdirectory("ccr-disk-").FullName);
            using (FileStream image = new(disk._image, FileMode.Open))
            {
                image.SetLength(Octets);
            }

            disk.IsMounted = Run("mkfs.ext4", "-q", "-F", disk._image)
                && Run("mount", "-o", "loop", disk._image, disk.Folder);
            return disk;
        }

        public void Dispose()
        {
            if (IsMounted)
            {
                Run("umount", Folder);
            }

            Directory.Delete(Folder);
            File.Delete(_image);
        }

        private static bool Run(string program, params string[] args)
        {
            try
            {
                using Process process = Process.Start(new ProcessStartInfo(program, args)
                {
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                })!;
                process.StandardError.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
