using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Ccr.Artemis.Tests;

/// <summary>
/// wire.h, as gcc understands it, against src/Artemis/Wire. Where there is no gcc there is no jacket.
/// </summary>
public sealed class WireTests
{
    private static readonly (string C, Type Type, (string C, string Field)[] Fields)[] Layouts =
    [
        ("hello", typeof(HelloHead),
        [
            ("version", "Version"), ("mode", "Mode"), ("tracking", "Tracking"), ("pid", "Pid"),
            ("last_number", "LastNumber"), ("start_brk", "StartBrk"), ("jacket_text", "JacketText"), ("xcr0", "Xcr0"),
            ("cpu_words", "CpuWords"), ("vdso_hash", "VdsoHashLow"), ("member_length", "MemberLength"),
            ("exe_length", "ExeLength"), ("kernel_length", "KernelLength"), ("arguments_length", "ArgumentsLength"),
            ("environment_length", "EnvironmentLength"), ("cwd_length", "CwdLength"),
        ]),
        ("welcome", typeof(WelcomeBody), [("version", "Version"), ("flags", "Flags")]),
        ("prepare", typeof(PrepareHead),
            [("number", "Number"), ("flags", "Flags"), ("stop_timeout_ms", "StopTimeoutMs")]),
        ("progress", typeof(ProgressBody),
        [
            ("number", "Number"), ("elapsed_ns", "ElapsedNs"), ("slab_length", "SlabLength"),
            ("dirty_pages", "DirtyPages"), ("threads", "Threads"), ("code", "Code"),
        ]),
        ("section_entry", typeof(SectionEntry), [("offset", "Offset"), ("length", "Length")]),
        ("slab_head", typeof(SlabHead),
        [
            ("magic", "Magic"), ("version", "Version"), ("flags", "Flags"), ("number", "Number"),
            ("realtime_ns", "RealtimeNs"), ("monotonic_ns", "MonotonicNs"), ("head_length", "HeadLength"),
            ("pages_offset", "PagesOffset"), ("pages_count", "PagesCount"), ("sections", "Sections"),
        ]),
        ("run", typeof(PageRun), []),
        ("region", typeof(RegionBody),
        [
            ("start", "Start"), ("end", "End"), ("file_offset", "FileOffset"), ("device", "Device"),
            ("inode", "Inode"), ("protection", "Protection"), ("kind", "Kind"), ("path", "Path"),
            ("capture", "Capture"), ("file_size", "FileSize"), ("file_mtime_ns", "FileMtimeNs"),
        ]),
        ("capture", typeof(CaptureBody),
        [
            ("device", "Device"), ("inode", "Inode"), ("size", "Size"), ("mtime_ns", "MtimeNs"),
            ("descriptor", "Descriptor"), ("flags", "Flags"), ("path", "Path"), ("mode", "Mode"),
        ]),
        ("source", typeof(SourceBody), [("path", "Path"), ("flags", "Flags")]),
        ("extent", typeof(ExtentBody),
        [
            ("address", "Address"), ("length", "Length"), ("file_offset", "FileOffset"), ("source", "Source"),
            ("zero", "Zero"),
        ]),
    ];

    private static readonly (string Prefix, Type Type, string[] Names)[] Words =
    [
        ("FRAME_", typeof(FrameType), Enum.GetNames<FrameType>()),
        ("MODE_", typeof(HelloMode), Enum.GetNames<HelloMode>()),
        ("TRACKING_", typeof(Tracking), Enum.GetNames<Tracking>()),
        ("PREPARE_", typeof(PrepareFlags), ["Full", "Group"]),
        ("FAILURE_", typeof(Failure), Enum.GetNames<Failure>()),
        ("SECTION_", typeof(Section), Enum.GetNames<Section>()),
        ("CAPTURE_", typeof(CaptureFlags), ["Unlinked", "Mapped"]),
    ];

    [Fact]
    public async Task Both_halves_have_the_same_layouts()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.False(File.Exists(Path.Combine(AppContext.BaseDirectory, "jacket", "libjacket.so")));
            return; // the jacket is not built here
        }

        string[] expected = [.. Expected()];
        string[] found = await AskCompilerAsync(Program());
        Assert.Equal(expected, found);
    }

    private static IEnumerable<string> Expected()
    {
        foreach ((string c, Type type, (string C, string Field)[] fields) in Layouts)
        {
            yield return $"{c} {Marshal.SizeOf(type)}";
            foreach ((string name, string field) in fields)
            {
                yield return $"{c}.{name} {Marshal.OffsetOf(type, field)}";
            }
        }

        foreach ((string prefix, Type type, string[] names) in Words)
        {
            foreach (string name in names)
            {
                yield return $"{CName(prefix, name)} {Convert.ToInt64(Enum.Parse(type, name), null)}";
            }
        }

        yield return $"WIRE_VERSION {WireWords.Version}";
        yield return $"JACKET_SIGNAL {WireWords.JacketSignal}";
        yield return $"PAGE_SIZE_BYTES {WireWords.PageOctets}";
        yield return $"SLAB_MAGIC {WireWords.SlabMagic}";
    }

    private static string Program()
    {
        StringBuilder text = new("#include <stdio.h>\n#include <stddef.h>\n#include \"wire.h\"\nint main(void) {\n");
        foreach ((string c, _, (string C, string Field)[] fields) in Layouts)
        {
            text.Append($"printf(\"{c} %zu\\n\", sizeof(struct {c}));\n");
            foreach ((string name, _) in fields)
            {
                text.Append($"printf(\"{c}.{name} %zu\\n\", offsetof(struct {c}, {name}));\n");
            }
        }

        IEnumerable<string> words = Words.SelectMany(w => w.Names.Select(n => CName(w.Prefix, n)));
        foreach (string word in words.Append("WIRE_VERSION").Append("JACKET_SIGNAL").Append("PAGE_SIZE_BYTES")
            .Append("SLAB_MAGIC"))
        {
            text.Append($"printf(\"{word} %llu\\n\", (unsigned long long){word});\n");
        }

        return text.Append("return 0; }\n").ToString();
    }

    /// <summary>"StopTimeout" is STOP_TIMEOUT.</summary>
    private static string CName(string prefix, string name) => prefix + string.Concat(
        name.Select((c, i) => (i > 0 && char.IsUpper(c) ? "_" : "") + char.ToUpperInvariant(c)));

    private static async Task<string[]> AskCompilerAsync(string program)
    {
        string folder = Directory.CreateTempSubdirectory("ccr-wire").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "layouts.c"), program);
            await RunAsync("gcc", ["-I", AppContext.BaseDirectory, "-o", Path.Combine(folder, "layouts"),
                Path.Combine(folder, "layouts.c")]);
            string output = await RunAsync(Path.Combine(folder, "layouts"), []);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string file, string[] arguments)
    {
        ProcessStartInfo start = new(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return output;
    }
}
