Console.Error.WriteLine("ccrctl: no command is there yet.");
return 2;
