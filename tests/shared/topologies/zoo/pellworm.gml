graph [
  DateObtained "17/02/11"
  GeoLocation "Pellworm"
  GeoExtent "Country"
  Network "Pellworm"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "REN"
  Backbone 1
  Commercial 0
  label "Pellworm"
  Customer 1
  IX 0
  DateModifier "="
  DateMonth "02"
  Layer "IP"
  Creator "drawn by hand"
  Developed 1
  Transit 0
  NetworkDate "2011_02"
  DateYear "2011"
  Testbed 0
  node [
    id 0
    label "Lomtimouth"
    Country "Pellworm"
    Longitude 11.6932
    Internal 1
    Latitude 49.98618
  ]
  node [
    id 1
    label "Alstaoria"
    Country "Pellworm"
    Longitude 10.42218
    Internal 1
    Latitude 49.89346
  ]
  node [
    id 2
    label "Jasnosund"
    Country "Pellworm"
    Longitude 22.00131
    Internal 1
    Latitude 65.93699
  ]
  node [
    id 3
    label "Ulnoberg"
    Country "Pellworm"
    Longitude 25.30953
    Internal 1
    Latitude 66.03651
  ]
  node [
    id 4
    label "Ivobegrad"
    Country "Pellworm"
    Longitude 25.80619
    Internal 1
    Latitude 59.68322
  ]
  node [
    id 5
    label "Altiwald"
    Country "Pellworm"
    Longitude 20.16456
    Internal 1
    Latitude 60.47793
  ]
  node [
    id 6
    label "Holstad"
    Country "Pellworm"
    Longitude 13.76813
    Internal 1
    Latitude 54.24619
  ]
  node [
    id 7
    label "Corramouth"
    Country "Pellworm"
    Longitude 15.42433
    Internal 1
    Latitude 59.14649
  ]
  node [
    id 8
    label "Tornoby"
    Country "Pellworm"
    Longitude 11.63557
    Internal 1
    Latitude 46.83931
  ]
  node [
    id 9
    label "Alvaton"
    Country "Pellworm"
    Longitude 10.33961
    Internal 1
    Latitude 48.39921
  ]
  node [
    id 10
    label "Jasrawald"
    Country "Pellworm"
    Longitude 16.24713
    Internal 1
    Latitude 48.61363
  ]
  node [
    id 11
    label "Pelberg"
    Country "Pellworm"
    Longitude 16.01858
    Internal 1
    Latitude 64.01443
  ]
  node [
    id 12
    label "Altiford"
    Country "Pellworm"
    Longitude 16.26519
    Internal 1
    Latitude 58.4866
  ]
  node [
    id 13
    label "Ysmivik"
    Country "Pellworm"
    Longitude 28.21269
    Internal 1
    Latitude 45.72659
  ]
  node [
    id 14
    label "Pelvadal"
    Country "Pellworm"
    Longitude 10.1509
    Internal 1
    Latitude 47.2199
  ]
  node [
    id 15
    label "Vinbeford"
    Country "Pellworm"
    Longitude 23.92292
    Internal 1
    Latitude 46.06087
  ]
  node [
    id 16
    label "Ysnones"
    Country "Pellworm"
    Longitude 8.80996
    Internal 1
    Latitude 45.24508
  ]
  node [
    id 17
    label "Dungrad"
    Country "Pellworm"
    Longitude 11.22518
    Internal 1
    Latitude 53.95383
  ]
  node [
    id 18
    label "Osstioria"
    Country "Pellworm"
    Longitude 5.05396
    Internal 1
    Latitude 45.66721
  ]
  node [
    id 19
    label "Ravstaford"
    Country "Pellworm"
    Longitude 25.92805
    Internal 1
    Latitude 47.50118
  ]
  node [
    id 20
    label "Ekstanes"
    Country "Pellworm"
    Longitude 7.39879
    Internal 1
    Latitude 47.88711
  ]
  node [
    id 21
    label "Marleton"
    Country "Pellworm"
    Longitude 22.02065
    Internal 1
    Latitude 63.16529
  ]
  node [
    id 22
    label "Altistad"
    Country "Pellworm"
    Longitude 19.45653
    Internal 1
    Latitude 66.43303
  ]
  node [
    id 23
    label "Holvamouth"
    Country "Pellworm"
    Longitude 9.64703
    Internal 1
    Latitude 54.72385
  ]
  node [
    id 24
    label "Vinford"
    Country "Pellworm"
    Longitude 23.54737
    Internal 1
    Latitude 51.89185
  ]
  node [
    id 25
    label "Zanby"
    Country "Pellworm"
    Longitude 17.86056
    Internal 1
    Latitude 56.69596
  ]
  node [
    id 26
    label "Mardanes"
    Country "Pellworm"
    Longitude 9.15274
    Internal 1
    Latitude 49.61722
  ]
  node [
    id 27
    label "Ulwiholm"
    Country "Pellworm"
    Longitude 5.49791
    Internal 1
    Latitude 64.85171
  ]
  node [
    id 28
    label "Eknes"
    Country "Pellworm"
    Longitude 9.58496
    Internal 1
    Latitude 62.35513
  ]
  node [
    id 29
    label "Pelwimouth"
    Country "Pellworm"
    Longitude 13.43195
    Internal 1
    Latitude 60.71188
  ]
  node [
    id 30
    label "Norstad"
    Country "Pellworm"
    Longitude 30.93064
    Internal 1
    Latitude 62.90447
  ]
  node [
    id 31
    label "Norstad"
    Country "Pellworm"
    Longitude 23.46003
    Internal 1
    Latitude 61.74675
  ]
  node [
    id 32
    label "Corledal"
    Country "Pellworm"
    Longitude 16.46258
    Internal 1
    Latitude 64.43553
  ]
  node [
    id 33
    label "Garstaby"
    Country "Pellworm"
    Longitude 24.32736
    Internal 1
    Latitude 47.53414
  ]
  node [
    id 34
    label "Ulmiton"
    Country "Pellworm"
    Longitude 24.06042
    Internal 1
    Latitude 53.23337
  ]
  node [
    id 35
    label "Garstaville"
    Country "Pellworm"
    Longitude 27.91457
    Internal 1
    Latitude 46.20427
  ]
  node [
    id 36
    label "Wesvasund"
    Country "Pellworm"
    Longitude 5.17491
    Internal 1
    Latitude 66.86948
  ]
  node [
    id 37
    label "Normisund"
    Country "Pellworm"
    Longitude 8.50831
    Internal 1
    Latitude 46.24
  ]
  node [
    id 38
    label "Zantiby"
    Country "Pellworm"
    Longitude 7.8628
    Internal 1
    Latitude 66.25398
  ]
  node [
    id 39
    label "Jaswiville"
    Country "Pellworm"
    Longitude 29.89523
    Internal 1
    Latitude 45.57586
  ]
  node [
    id 40
    label "Kelwidal"
    Country "Pellworm"
    Longitude 19.83849
    Internal 1
    Latitude 51.65721
  ]
  node [
    id 41
    label "Torwiville"
    Country "Pellworm"
    Longitude 18.43547
    Internal 1
    Latitude 64.9239
  ]
  node [
    id 42
    label "Jasnostad"
    Country "Pellworm"
    Longitude 21.62433
    Internal 1
    Latitude 60.34521
  ]
  node [
    id 43
    label "Ivostastad"
    Country "Pellworm"
    Longitude 27.42522
    Internal 1
    Latitude 66.82231
  ]
  node [
    id 44
    label "Marnowald"
    Country "Pellworm"
    Longitude 11.82108
    Internal 1
    Latitude 62.23747
  ]
  node [
    id 45
    label "Alholm"
    Country "Pellworm"
    Longitude 27.56784
    Internal 1
    Latitude 62.57373
  ]
  node [
    id 46
    label "Norwiford"
    Country "Pellworm"
    Longitude 24.06314
    Internal 1
    Latitude 63.29704
  ]
  node [
    id 47
    label "Lomstastad"
    Country "Pellworm"
    Longitude 13.8407
    Internal 1
    Latitude 49.72467
  ]
  node [
    id 48
    label "Ivobeberg"
    Country "Pellworm"
    Longitude 18.87284
    Internal 1
    Latitude 63.57222
  ]
  node [
    id 49
    label "Pelraberg"
    Country "Pellworm"
    Longitude 4.09652
    Internal 1
    Latitude 46.44773
  ]
  node [
    id 50
    label "?"
    Country "Pellworm"
    Longitude 14.12723
    Internal 1
    Latitude 50.22299
  ]
  node [
    id 51
    label "&#1042;&#1086;&#1089;&#1090;&#1086;&#1095;&#1085;&#1099;&#1081;"
    Country "Pellworm"
    Longitude 23.94537
    Internal 1
    Latitude 52.7673
  ]
  node [
    id 52
    label "Ekville"
    Country "Pellworm"
    Longitude 6.45261
    Internal 1
    Latitude 50.80884
  ]
  node [
    id 53
    label "Kelvik"
    Country "Pellworm"
    Longitude 9.29035
    Internal 1
    Latitude 50.49725
  ]
  node [
    id 54
    label "Solstaville"
    Country "Pellworm"
    Longitude 28.73728
    Internal 1
    Latitude 46.95662
  ]
  node [
    id 55
    label "Alleby"
    Country "Pellworm"
    Longitude 8.59119
    Internal 1
    Latitude 49.82282
  ]
  node [
    id 56
    label "Ekmisund"
    Country "Pellworm"
    Longitude 16.66008
    Internal 1
    Latitude 65.83485
  ]
  node [
    id 57
    label "Vinbeville"
    Country "Pellworm"
    Longitude 27.65244
    Internal 1
    Latitude 63.02061
  ]
  node [
    id 58
    label "Almigrad"
    Country "Pellworm"
    Longitude 4.76131
    Internal 1
    Latitude 47.12018
  ]
  node [
    id 59
    label "Marnoberg"
    Country "Pellworm"
    Longitude 16.42729
    Internal 1
    Latitude 65.18756
  ]
  node [
    id 60
    label "Holmiby"
    Country "Pellworm"
    Longitude 30.1822
    Internal 1
    Latitude 51.18932
  ]
  node [
    id 61
    label "Dunmidal"
    Country "Pellworm"
    Longitude 17.43784
    Internal 1
    Latitude 51.59538
  ]
  node [
    id 62
    label "Zannoby"
    Country "Pellworm"
    Longitude 26.25754
    Internal 1
    Latitude 53.41803
  ]
  node [
    id 63
    label "Kelraville"
    Country "Pellworm"
    Longitude 17.81893
    Internal 1
    Latitude 50.41458
  ]
  node [
    id 64
    label "Uldal"
    Country "Pellworm"
    Longitude 19.95361
    Internal 1
    Latitude 64.16961
  ]
  node [
    id 65
    label "Solwigrad"
    Country "Pellworm"
    Longitude 9.396
    Internal 1
    Latitude 48.51346
  ]
  node [
    id 66
    label "Garleville"
    Country "Pellworm"
    Longitude 20.7717
    Internal 1
    Latitude 45.74038
  ]
  node [
    id 67
    label "Solstad"
    Country "Pellworm"
    Longitude 10.30665
    Internal 1
    Latitude 66.01928
  ]
  node [
    id 68
    label "Aldaford"
    Country "Pellworm"
    Longitude 8.22986
    Internal 1
    Latitude 48.25434
  ]
  node [
    id 69
    label "Jasmiham"
    Country "Pellworm"
    Longitude 8.8465
    Internal 1
    Latitude 60.38813
  ]
  node [
    id 70
    label "Zanwiville"
    Country "Pellworm"
    Longitude 18.65629
    Internal 1
    Latitude 50.22039
  ]
  node [
    id 71
    label "Lomford"
    Country "Pellworm"
    Longitude 29.58541
    Internal 1
    Latitude 53.40761
  ]
  node [
    id 72
    label "Torville"
    Country "Pellworm"
    Longitude 19.40097
    Internal 1
    Latitude 62.37364
  ]
  node [
    id 73
    label "Corvik"
    Country "Pellworm"
    Longitude 18.48152
    Internal 1
    Latitude 47.26422
  ]
  node [
    id 74
    label "Kelrawald"
    Country "Pellworm"
    Longitude 5.80195
    Internal 1
    Latitude 58.10125
  ]
  node [
    id 75
    label "Ulrasund"
    Country "Pellworm"
    Longitude 20.51769
    Internal 1
    Latitude 56.20526
  ]
  node [
    id 76
    label "Nordaoria"
    Country "Pellworm"
    Longitude 30.00794
    Internal 1
    Latitude 50.20398
  ]
  node [
    id 77
    label "Ossmiton"
    Country "Pellworm"
    Longitude 27.4096
    Internal 1
    Latitude 52.94633
  ]
  node [
    id 78
    label "Holsund"
    Country "Pellworm"
    Longitude 23.438
    Internal 1
    Latitude 50.49881
  ]
  node [
    id 79
    label "Lomleton"
    Country "Pellworm"
    Longitude 22.06216
    Internal 1
    Latitude 59.27609
  ]
  node [
    id 80
    label "Kelmouth"
    Country "Pellworm"
    Longitude 7.39624
    Internal 1
    Latitude 60.05176
  ]
  node [
    id 81
    label "Jaswiholm"
    Country "Pellworm"
    Longitude 5.04734
    Internal 1
    Latitude 52.31046
  ]
  node [
    id 82
    label "Jasstad"
    Country "Pellworm"
    Longitude 21.28284
    Internal 1
    Latitude 48.05679
  ]
  node [
    id 83
    label "Alnostad"
    Country "Pellworm"
    Longitude 27.25123
    Internal 1
    Latitude 61.41304
  ]
  node [
    id 84
    label "Jasvasund"
    Country "Pellworm"
    Longitude 12.52152
    Internal 1
    Latitude 57.96565
  ]
  node [
    id 85
    label "Lomstaholm"
    Country "Pellworm"
    Longitude 4.62946
    Internal 1
    Latitude 52.4251
  ]
  node [
    id 86
    label "Zantiton"
    Country "Pellworm"
    Longitude 14.25662
    Internal 1
    Latitude 57.54388
  ]
  node [
    id 87
    label "Marnosund"
    Country "Pellworm"
    Longitude 11.28969
    Internal 1
    Latitude 46.62486
  ]
  node [
    id 88
    label "Ravbeville"
    Country "Pellworm"
    Longitude 11.82555
    Internal 1
    Latitude 61.70794
  ]
  node [
    id 89
    label "Yslevik"
    Country "Pellworm"
    Longitude 12.24716
    Internal 1
    Latitude 46.72872
  ]
  node [
    id 90
    label "Norstad"
    Country "Pellworm"
    Longitude 29.44554
    Internal 1
    Latitude 56.74207
  ]
  node [
    id 91
    label "Zanbeford"
    Country "Pellworm"
    Longitude 17.55045
    Internal 1
    Latitude 46.56844
  ]
  node [
    id 92
    label "Osswald"
    Country "Pellworm"
    Longitude 7.04006
    Internal 1
    Latitude 59.67549
  ]
  node [
    id 93
    label "Ysdaton"
    Country "Pellworm"
    Longitude 20.51391
    Internal 1
    Latitude 51.08189
  ]
  node [
    id 94
    label "Normigrad"
    Country "Pellworm"
    Longitude 17.48698
    Internal 1
    Latitude 45.89477
  ]
  node [
    id 95
    label "Dunlevik"
    Country "Pellworm"
    Longitude 14.60815
    Internal 1
    Latitude 53.01891
  ]
  node [
    id 96
    label "Braby"
    Country "Pellworm"
    Longitude 4.24573
    Internal 1
    Latitude 66.00698
  ]
  node [
    id 97
    label "Altiholm"
    Country "Pellworm"
    Longitude 25.47343
    Internal 1
    Latitude 47.56003
  ]
  node [
    id 98
    label "Ivodaham"
    Country "Pellworm"
    Longitude 19.32961
    Internal 1
    Latitude 66.96606
  ]
  node [
    id 99
    label "Albeby"
    Country "Pellworm"
    Longitude 30.12724
    Internal 1
    Latitude 49.38263
  ]
  node [
    id 100
    label "Ivovawald"
    Country "Pellworm"
    Longitude 24.63468
    Internal 1
    Latitude 51.21033
  ]
  node [
    id 101
    label "Keltioria"
    Country "Pellworm"
    Longitude 22.2322
    Internal 1
    Latitude 63.81629
  ]
  node [
    id 102
    label "Duntiwald"
    Country "Pellworm"
    Longitude 22.82176
    Internal 1
    Latitude 48.63379
  ]
  node [
    id 103
    label "Ivoton"
    Country "Pellworm"
    Longitude 8.5377
    Internal 1
    Latitude 55.56266
  ]
  node [
    id 104
    label "Torlemouth"
    Country "Pellworm"
    Longitude 25.98368
    Internal 1
    Latitude 52.57834
  ]
  node [
    id 105
    label "Holberg"
    Country "Pellworm"
    Longitude 11.63025
    Internal 1
    Latitude 50.59161
  ]
  node [
    id 106
    label "Dunton"
    Country "Pellworm"
    Longitude 21.27808
    Internal 1
    Latitude 64.12382
  ]
  node [
    id 107
    label "Vinnoholm"
    Country "Pellworm"
    Longitude 24.5136
    Internal 1
    Latitude 46.56883
  ]
  node [
    id 108
    label "Pellesund"
    Country "Pellworm"
    Longitude 28.76463
    Internal 1
    Latitude 45.18836
  ]
  node [
    id 109
    label "Jasbesund"
    Country "Pellworm"
    Longitude 17.43731
    Internal 1
    Latitude 65.15833
  ]
  node [
    id 110
    label "Dunranes"
    Country "Pellworm"
    Longitude 4.54459
    Internal 1
    Latitude 50.22221
  ]
  node [
    id 111
    label "Ravstaoria"
    Country "Pellworm"
    Longitude 19.43765
    Internal 1
    Latitude 63.9222
  ]
  node [
    id 112
    label "Zantigrad"
    Country "Pellworm"
    Longitude 28.49503
    Internal 1
    Latitude 50.46182
  ]
  node [
    id 113
    label "Jaston"
    Country "Pellworm"
    Longitude 8.87513
    Internal 1
    Latitude 60.8705
  ]
  node [
    id 114
    label "Norsund"
    Country "Pellworm"
    Longitude 16.67722
    Internal 1
    Latitude 52.55815
  ]
  node [
    id 115
    label "Vinsund"
    Country "Pellworm"
    Longitude 20.77994
    Internal 1
    Latitude 62.59513
  ]
  node [
    id 116
    label "Osstidal"
    Country "Pellworm"
    Longitude 11.79193
    Internal 1
    Latitude 63.0513
  ]
  node [
    id 117
    label "Zanmidal"
    Country "Pellworm"
    Longitude 16.42061
    Internal 1
    Latitude 46.2236
  ]
  node [
    id 118
    label "Jasvaville"
    Country "Pellworm"
    Longitude 21.54269
    Internal 1
    Latitude 48.07578
  ]
  node [
    id 119
    label "Jasstaville"
    Country "Pellworm"
    Longitude 11.50707
    Internal 1
    Latitude 57.65062
  ]
  node [
    id 120
    label "Jasdasund"
    Country "Pellworm"
    Longitude 6.63863
    Internal 1
    Latitude 58.44283
  ]
  node [
    id 121
    label "Kelwiville"
    Country "Pellworm"
    Longitude 15.94317
    Internal 1
    Latitude 53.8783
  ]
  node [
    id 122
    label "Marlestad"
    Country "Pellworm"
    Longitude 24.69654
    Internal 1
    Latitude 60.3423
  ]
  node [
    id 123
    label "Garmistad"
    Country "Pellworm"
    Longitude 18.32508
    Internal 1
    Latitude 66.45193
  ]
  node [
    id 124
    label "Ysdavik"
    Country "Pellworm"
    Longitude 10.5042
    Internal 1
    Latitude 51.60886
  ]
  node [
    id 125
    label "Cortioria"
    Country "Pellworm"
    Longitude 13.36821
    Internal 1
    Latitude 61.45141
  ]
  node [
    id 126
    label "Marwiville"
    Country "Pellworm"
    Longitude 6.20458
    Internal 1
    Latitude 56.68315
  ]
  node [
    id 127
    label "Lommiwald"
    Country "Pellworm"
    Longitude 10.69905
    Internal 1
    Latitude 57.50397
  ]
  node [
    id 128
    label "Weslegrad"
    Country "Pellworm"
    Longitude 17.49227
    Internal 1
    Latitude 66.99482
  ]
  node [
    id 129
    label "Corbedal"
    Country "Pellworm"
    Longitude 5.40137
    Internal 1
    Latitude 53.20402
  ]
  node [
    id 130
    label "Vintigrad"
    Country "Pellworm"
    Longitude 11.74486
    Internal 1
    Latitude 45.67549
  ]
  node [
    id 131
    label "Ravwald"
    Country "Pellworm"
    Longitude 6.39023
    Internal 1
    Latitude 45.60358
  ]
  node [
    id 132
    label "Pelmouth"
    Country "Pellworm"
    Longitude 4.80884
    Internal 1
    Latitude 53.59008
  ]
  node [
    id 133
    label "Falbevik"
    Country "Pellworm"
    Longitude 24.2082
    Internal 1
    Latitude 45.07263
  ]
  node [
    id 134
    label "Lomnones"
    Country "Pellworm"
    Longitude 4.69021
    Internal 1
    Latitude 59.32758
  ]
  node [
    id 135
    label "Solstamouth"
    Country "Pellworm"
    Longitude 13.52257
    Internal 1
    Latitude 47.36865
  ]
  node [
    id 136
    label "Vinwiby"
    Country "Pellworm"
    Longitude 13.34501
    Internal 1
    Latitude 50.21133
  ]
  node [
    id 137
    label "Garmiton"
    Country "Pellworm"
    Longitude 13.5851
    Internal 1
    Latitude 49.89359
  ]
  node [
    id 138
    label "Ultidal"
    Country "Pellworm"
    Longitude 6.03466
    Internal 1
    Latitude 62.59571
  ]
  node [
    id 139
    label "Solgrad"
    Country "Pellworm"
    Longitude 6.35416
    Internal 1
    Latitude 56.58594
  ]
  node [
    id 140
    label "Garvasund"
    Country "Pellworm"
    Longitude 9.3889
    Internal 1
    Latitude 45.58334
  ]
  node [
    id 141
    label "Tormiby"
    Country "Pellworm"
    Longitude 25.52201
    Internal 1
    Latitude 50.82194
  ]
  node [
    id 142
    label "Zantioria"
    Country "Pellworm"
    Longitude 26.51836
    Internal 1
    Latitude 63.89728
  ]
  node [
    id 143
    label "Lomstamouth"
    Country "Pellworm"
    Longitude 18.61602
    Internal 1
    Latitude 52.98819
  ]
  node [
    id 144
    label "Pelmigrad"
    Country "Pellworm"
    Longitude 16.08997
    Internal 1
    Latitude 57.72177
  ]
  node [
    id 145
    label "Ivograd"
    Country "Pellworm"
    Longitude 8.19757
    Internal 1
    Latitude 47.45777
  ]
  node [
    id 146
    label "Falville"
    Country "Pellworm"
    Longitude 23.33253
    Internal 1
    Latitude 53.01247
  ]
  node [
    id 147
    label "Dunwiwald"
    Country "Pellworm"
    Longitude 5.0829
    Internal 1
    Latitude 64.52324
  ]
  node [
    id 148
    label "Pellemouth"
    Country "Pellworm"
    Longitude 21.93026
    Internal 1
    Latitude 65.276
  ]
  node [
    id 149
    label "Peldaholm"
    Country "Pellworm"
    Longitude 16.85464
    Internal 1
    Latitude 45.79819
  ]
  node [
    id 150
    label "Holdasund"
    Country "Pellworm"
    Longitude 6.57738
    Internal 1
    Latitude 61.44118
  ]
  node [
    id 151
    label "Corstad"
    Country "Pellworm"
    Longitude 30.06332
    Internal 1
    Latitude 66.29717
  ]
  node [
    id 152
    label "Vintiham"
    Country "Pellworm"
    Longitude 25.82608
    Internal 1
    Latitude 59.57633
  ]
  node [
    id 153
    label "Weswiford"
    Country "Pellworm"
    Longitude 29.60204
    Internal 1
    Latitude 62.33476
  ]
  node [
    id 154
    label "Ravmiholm"
    Country "Pellworm"
    Longitude 24.60684
    Internal 1
    Latitude 63.89888
  ]
  node [
    id 155
    label "Ivomiwald"
    Country "Pellworm"
    Longitude 11.71643
    Internal 1
    Latitude 50.09051
  ]
  node [
    id 156
    label "Solmistad"
    Country "Pellworm"
    Longitude 22.18097
    Internal 1
    Latitude 54.70993
  ]
  node [
    id 157
    label "Tormiham"
    Country "Pellworm"
    Longitude 10.98094
    Internal 1
    Latitude 47.10324
  ]
  node [
    id 158
    label "Ulwiby"
    Country "Pellworm"
    Longitude 25.52641
    Internal 1
    Latitude 46.52354
  ]
  node [
    id 159
    label "Dunstaby"
    Country "Pellworm"
    Longitude 30.71753
    Internal 1
    Latitude 66.88103
  ]
  node [
    id 160
    label "Garton"
    Country "Pellworm"
    Longitude 18.44431
    Internal 1
    Latitude 47.83991
  ]
  node [
    id 161
    label "Vinrawald"
    Country "Pellworm"
    Longitude 26.06785
    Internal 1
    Latitude 47.57376
  ]
  node [
    id 162
    label "Zanwald"
    Country "Pellworm"
    Longitude 30.80705
    Internal 1
    Latitude 46.24462
  ]
  node [
    id 163
    label "Solberg"
    Country "Pellworm"
    Longitude 17.10999
    Internal 1
    Latitude 63.01648
  ]
  node [
    id 164
    label "Martiton"
    Country "Pellworm"
    Longitude 5.43451
    Internal 1
    Latitude 59.50191
  ]
  node [
    id 165
    label "Uldadal"
    Country "Pellworm"
    Longitude 22.72322
    Internal 1
    Latitude 53.37862
  ]
  node [
    id 166
    label "Brabeford"
    Country "Pellworm"
    Longitude 24.9189
    Internal 1
    Latitude 48.35681
  ]
  node [
    id 167
    label "Vinraville"
    Country "Pellworm"
    Longitude 10.86997
    Internal 1
    Latitude 53.95
  ]
  node [
    id 168
    label "Corstaberg"
    Country "Pellworm"
    Longitude 15.06218
    Internal 1
    Latitude 49.25531
  ]
  node [
    id 169
    label "Ysnoholm"
    Country "Pellworm"
    Longitude 13.10231
    Internal 1
    Latitude 65.44544
  ]
  node [
    id 170
    label "Ossstad"
    Country "Pellworm"
    Longitude 19.265
    Internal 1
    Latitude 54.8107
  ]
  node [
    id 171
    label "Ravwiton"
    Country "Pellworm"
    Longitude 13.18571
    Internal 1
    Latitude 55.01088
  ]
  node [
    id 172
    label "Holbeby"
    Country "Pellworm"
    Longitude 26.22525
    Internal 1
    Latitude 63.71017
  ]
  node [
    id 173
    label "Solvasund"
    Country "Pellworm"
    Longitude 27.98279
    Internal 1
    Latitude 52.70222
  ]
  node [
    id 174
    label "Ysmiholm"
    Country "Pellworm"
    Longitude 12.78255
    Internal 1
    Latitude 57.73331
  ]
  node [
    id 175
    label "Ravwiby"
    Country "Pellworm"
    Longitude 25.29187
    Internal 1
    Latitude 59.82378
  ]
  node [
    id 176
    label "Marstad"
    Country "Pellworm"
    Longitude 30.81056
    Internal 1
    Latitude 58.71136
  ]
  node [
    id 177
    label "Vinwioria"
    Country "Pellworm"
    Longitude 28.46875
    Internal 1
    Latitude 51.40946
  ]
  node [
    id 178
    label "Garstadal"
    Country "Pellworm"
    Longitude 16.98198
    Internal 1
    Latitude 54.64524
  ]
  node [
    id 179
    label "Ravnoberg"
    Country "Pellworm"
    Longitude 15.10597
    Internal 1
    Latitude 47.70458
  ]
  node [
    id 180
    label "Holton"
    Country "Pellworm"
    Longitude 22.91867
    Internal 1
    Latitude 48.20156
  ]
  node [
    id 181
    label "Corraholm"
    Country "Pellworm"
    Longitude 18.56041
    Internal 1
    Latitude 57.7227
  ]
  node [
    id 182
    label "Vindaberg"
    Country "Pellworm"
    Longitude 6.042
    Internal 1
    Latitude 56.16731
  ]
  node [
    id 183
    label "Corsund"
    Country "Pellworm"
    Longitude 20.49832
    Internal 1
    Latitude 59.76507
  ]
  node [
    id 184
    label "Ossleby"
    Country "Pellworm"
    Longitude 29.01752
    Internal 1
    Latitude 60.43047
  ]
  node [
    id 185
    label "Faltidal"
    Country "Pellworm"
    Longitude 25.9591
    Internal 1
    Latitude 62.74483
  ]
  node [
    id 186
    label "Dunham"
    Country "Pellworm"
    Longitude 8.79205
    Internal 1
    Latitude 59.28811
  ]
  node [
    id 187
    label "Ravgrad"
    Country "Pellworm"
    Longitude 28.70799
    Internal 1
    Latitude 64.60633
  ]
  node [
    id 188
    label "Lombenes"
    Country "Pellworm"
    Longitude 16.0918
    Internal 1
    Latitude 64.9437
  ]
  node [
    id 189
    label "Ysbeville"
    Country "Pellworm"
    Longitude 25.67143
    Internal 1
    Latitude 56.71383
  ]
  node [
    id 190
    label "Solmiby"
    Country "Pellworm"
    Longitude 30.15261
    Internal 1
    Latitude 65.73729
  ]
  node [
    id 191
    label "Lomwivik"
    Country "Pellworm"
    Longitude 7.636
    Internal 1
    Latitude 60.64682
  ]
  node [
    id 192
    label "Ossham"
    Country "Pellworm"
    Longitude 14.42775
    Internal 1
    Latitude 60.52491
  ]
  node [
    id 193
    label "Dunnovik"
    Country "Pellworm"
    Longitude 6.83651
    Internal 1
    Latitude 50.04072
  ]
  node [
    id 194
    label "Ravnoford"
    Country "Pellworm"
    Longitude 20.35172
    Internal 1
    Latitude 64.34708
  ]
  node [
    id 195
    label "Solnovik"
    Country "Pellworm"
    Longitude 10.13743
    Internal 1
    Latitude 62.05416
  ]
  node [
    id 196
    label "Bratiwald"
    Country "Pellworm"
    Longitude 6.42217
    Internal 1
    Latitude 53.96645
  ]
  node [
    id 197
    label "Holvik"
    Country "Pellworm"
    Longitude 27.75858
    Internal 1
    Latitude 45.19247
  ]
  node [
    id 198
    label "Ossvik"
    Country "Pellworm"
    Longitude 29.42375
    Internal 1
    Latitude 49.04642
  ]
  node [
    id 199
    label "Keltiby"
    Country "Pellworm"
    Longitude 6.45641
    Internal 1
    Latitude 66.70046
  ]
  edge [
    source 0
    target 1
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 1
    target 2
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 2
    target 3
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 3
    target 4
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 4
    target 5
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 5
    target 6
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 6
    target 7
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 7
    target 8
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 8
    target 9
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 9
    target 10
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 10
    target 11
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 11
    target 0
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 0
    target 5
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 2
    target 7
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 4
    target 9
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 7
    target 0
    LinkSpeed "40"
    LinkSpeedUnits "G"
    LinkLabel "40 Gbps"
    LinkSpeedRaw 40000000000.0
  ]
  edge [
    source 3
    target 12
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 13
  ]
  edge [
    source 2
    target 14
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 14
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 14
    target 15
  ]
  edge [
    source 10
    target 15
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 16
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 17
  ]
  edge [
    source 0
    target 18
  ]
  edge [
    source 6
    target 19
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 13
    target 19
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 20
  ]
  edge [
    source 2
    target 21
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 22
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 8
    target 23
  ]
  edge [
    source 15
    target 24
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 25
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 0
    target 26
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 12
    target 26
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 27
  ]
  edge [
    source 6
    target 28
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 11
    target 29
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 29
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 30
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 29
    target 30
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 10
    target 31
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 32
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 10
    target 32
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 33
  ]
  edge [
    source 24
    target 33
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 34
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 5
    target 34
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 35
  ]
  edge [
    source 10
    target 36
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 37
  ]
  edge [
    source 10
    target 38
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 39
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 9
    target 40
  ]
  edge [
    source 10
    target 41
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 42
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 40
    target 42
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 9
    target 43
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 21
    target 43
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 19
    target 44
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 7
    target 45
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 46
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 1
    target 47
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 19
    target 48
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 31
    target 48
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 49
  ]
  edge [
    source 1
    target 50
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 42
    target 50
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 9
    target 51
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 13
    target 51
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 52
  ]
  edge [
    source 50
    target 52
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 53
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 28
    target 53
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 54
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 10
    target 55
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 56
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 26
    target 56
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 57
  ]
  edge [
    source 9
    target 58
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 15
    target 59
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 0
    target 60
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 0
    target 61
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 9
    target 61
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 14
    target 62
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 20
    target 62
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 51
    target 63
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 64
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 14
    target 65
  ]
  edge [
    source 15
    target 66
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 2
    target 67
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 4
    target 68
  ]
  edge [
    source 3
    target 69
  ]
  edge [
    source 8
    target 70
  ]
  edge [
    source 11
    target 71
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 54
    target 71
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 11
    target 72
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 43
    target 73
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 74
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 12
    target 74
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 75
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 76
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 54
    target 76
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 77
  ]
  edge [
    source 4
    target 78
  ]
  edge [
    source 67
    target 78
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 11
    target 79
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 80
  ]
  edge [
    source 0
    target 81
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 71
    target 81
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 34
    target 82
  ]
  edge [
    source 10
    target 83
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 6
    target 84
  ]
  edge [
    source 68
    target 84
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 85
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 62
    target 85
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 86
  ]
  edge [
    source 1
    target 87
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 13
    target 87
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 88
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 53
    target 88
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 89
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 90
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 32
    target 91
  ]
  edge [
    source 0
    target 92
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 15
    target 93
  ]
  edge [
    source 31
    target 93
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 94
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 69
    target 94
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 95
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 9
    target 95
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 96
  ]
  edge [
    source 34
    target 97
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 9
    target 98
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 46
    target 98
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 19
    target 99
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 100
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 67
    target 100
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 19
    target 101
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 13
    target 101
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 102
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 11
    target 102
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 103
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 0
    target 104
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 105
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 106
  ]
  edge [
    source 75
    target 106
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 107
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 61
    target 107
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 5
    target 108
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 84
    target 108
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 33
    target 109
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 110
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 10
    target 111
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 42
    target 111
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 112
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 10
    target 113
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 3
    target 114
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 6
    target 115
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 15
    target 116
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 15
    target 117
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 118
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 119
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 102
    target 119
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 74
    target 120
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 56
    target 120
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 62
    target 121
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 1
    target 122
  ]
  edge [
    source 1
    target 123
  ]
  edge [
    source 107
    target 124
  ]
  edge [
    source 2
    target 125
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 2
    target 126
  ]
  edge [
    source 101
    target 126
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 127
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 128
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 29
    target 128
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 129
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 19
    target 130
  ]
  edge [
    source 73
    target 130
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 71
    target 131
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 34
    target 132
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 10
    target 132
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 133
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 76
    target 134
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 135
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 70
    target 135
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 136
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 137
  ]
  edge [
    source 43
    target 138
  ]
  edge [
    source 57
    target 138
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 5
    target 139
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 34
    target 140
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 45
    target 140
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 141
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 139
    target 141
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 62
    target 142
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 29
    target 143
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 6
    target 144
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 1
    target 145
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 19
    target 146
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 11
    target 147
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 102
    target 148
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 149
  ]
  edge [
    source 115
    target 149
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 100
    target 150
  ]
  edge [
    source 144
    target 150
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 132
    target 151
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 62
    target 151
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 152
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 150
    target 152
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 43
    target 153
  ]
  edge [
    source 0
    target 154
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 155
  ]
  edge [
    source 83
    target 155
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 156
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 61
    target 156
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 150
    target 157
  ]
  edge [
    source 14
    target 158
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 12
    target 158
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 88
    target 159
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 154
    target 159
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 160
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 20
    target 160
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 107
    target 161
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 82
    target 161
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 48
    target 162
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 6
    target 163
  ]
  edge [
    source 94
    target 164
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 85
    target 164
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 165
  ]
  edge [
    source 8
    target 166
  ]
  edge [
    source 81
    target 167
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 3
    target 168
  ]
  edge [
    source 115
    target 168
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 169
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 3
    target 169
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 62
    target 170
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 85
    target 171
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 171
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 172
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 96
    target 172
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 10
    target 173
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 106
    target 173
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 33
    target 174
  ]
  edge [
    source 6
    target 175
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 176
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 19
    target 176
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 62
    target 177
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 9
    target 178
  ]
  edge [
    source 81
    target 178
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 149
    target 179
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 94
    target 179
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 180
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 76
    target 181
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 161
    target 182
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 11
    target 183
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 10
    target 184
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 0
    target 185
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 19
    target 186
  ]
  edge [
    source 4
    target 187
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 99
    target 187
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 188
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 137
    target 188
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 189
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 102
    target 189
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 190
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 67
    target 190
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 34
    target 191
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 192
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 120
    target 193
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 172
    target 193
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 194
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 62
    target 194
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 29
    target 195
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 4
    target 196
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 171
    target 196
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 19
    target 197
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 39
    target 197
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 85
    target 198
  ]
  edge [
    source 19
    target 199
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
]
